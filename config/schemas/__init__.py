"""What each rules file may say, one concern a module."""
