"""What a colleague asks of the assistant, read from whatever words he puts it in.

    marks     where names, times, products and numbers stand, as single characters of their kind
    phrasings how people put each wish, as YAML over those marks (phrasings/*.yaml)
    reading   the wishes that fit the whole utterance, with their slots and how sure they are
    learnt    a small model, for what no phrasing fits; it is never as sure as the grammar
    weighing  the two together

Pure: the same answer for the same words, the same knowledge and the same moment.
"""

from nlp.requests.known import Known
from nlp.requests.reading import Request, Slot
from nlp.requests.weighing import read_requests

__all__ = ["Known", "Request", "Slot", "read_requests"]
