"""Where an organisation's name begins and ends: an end (有限公司, 医院, 贸易), and what stands
before it, word by word, back to the first word that is none of a name."""

from nlp.organisations.ends import END
from nlp.organisations.names import Name, find
from nlp.organisations.parts import part

__all__ = ["END", "Name", "find", "part"]
