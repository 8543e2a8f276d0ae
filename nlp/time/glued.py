"""What looks like the beginning of a time and ends another word: 然后天天催, 马上周三, 超过三天."""

_UP = "马早晚网线以加楼身路手地墙桌车海赶跟带追接关"
_DOWN = "线以之楼地乡手底余剩放留私"

ENDS_ANOTHER_WORD = {
    "前": frozenset("以之目日眼面提先当跟"),
    "后": frozenset("最然以之背售随往先落前今"),
    "上": frozenset(_UP),
    "下": frozenset(_DOWN),
    "本": frozenset("正副日基样版资成根课书原文"),
    "今": frozenset("如当迄"),
    "明": frozenset("透证文声"),
    "过": frozenset("超通经不错度用说看来去做到打试见买发系聊谈寄给修换装订定问路"),
    "近": frozenset("附接将靠临"),
    "元": frozenset("0123456789一二三四五六七八九十百千万亿多单美欧日港块"),
    "年": frozenset("周少青成常全整学老童每历一二两三四五六七八九十百几多数0123456789"),
    "初": frozenset("最当年月起"),
}
"""By the character that would begin the time: those that, right before it, make it no such one."""


def is_glued(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the word before it."""
    before = ENDS_ANOTHER_WORD.get(text[at])
    return before is not None and at > 0 and text[at - 1] in before
