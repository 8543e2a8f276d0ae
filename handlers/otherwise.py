"""Words that are no command as it is written: who is asked what they are, in this one order, and
the first that answers takes them (docs/adr/0038).

    (whoever names a client of his has seen the lead: nothing is answered)
    a voice message without words
    the answer to what he was asked back
    a rule that a manager writes
    a wish, or a contact that he tells of, of which the words leave no doubt
    a question to the archive
    a wish that they may express: he is asked
    what he tells of a client of his own, otherwise: 归档
    a new contact or a product: 建线索, 归档, 忽略
    nothing of all this: said so, with what comes near
"""

from handlers import entering, helping, spoken
from handlers.memory import questions
from handlers.plain_rules import writing
from handlers.requests import facts, naming, understanding
from handlers.router import Router

router = Router("otherwise")

for _judge in (
    naming.speaks_of,
    spoken.said_by_voice,
    understanding.answer,
    writing.without_a_command,
    understanding.do,
    questions.answer_freely,
    understanding.offer,
    facts.of_his_client,
    entering.ask_what_to_do,
    helping.not_understood,
):
    router.otherwise()(_judge)
