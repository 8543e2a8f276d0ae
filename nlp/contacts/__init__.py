"""How phones, addresses and identity cards are written."""
