"""Normal forms: what two sources write differently and mean alike comes out alike."""
