"""The bodies of the commands, one module each; bot/cli.py declares them."""
