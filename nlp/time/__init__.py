"""How people write times in Chinese, read into spans (see nlp/rules/moment.py)."""
