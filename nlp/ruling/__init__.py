"""Rules in plain Chinese: a sentence of a manager's → a condition and what to do. Pure, no model.

    read(sentence, vocabulary) → Understood | Puzzled

`lexing` cuts the sentence into words of the grammar and of the house, `conditions` and `deeds`
read them, `wording` says the rule in one normalised sentence, `cel` writes the condition down for
the evaluator. Whatever is not a word of either is told back by its exact place.
"""

from nlp.ruling.reading import Puzzled, Understood, read
from nlp.ruling.rule import Rule
from nlp.ruling.vocabulary import Person, Vocabulary

__all__ = ["Person", "Puzzled", "Rule", "Understood", "Vocabulary", "read"]
