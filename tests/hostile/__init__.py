"""What strangers send: through the real entrances, over real sockets."""
