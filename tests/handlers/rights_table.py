"""Who may do what with whose clients: product.md's table, cell by cell.

    yes   it happens
    told  he may see the client, and is told why it does not happen
    ·     the one sentence, the same for a client who does not exist

Every command and button that is about a client stands under one of the tables; a new one without
its line fails tests/handlers/test_rights_table.py.
"""

WHOSE = {
    "own": "his own",
    "subordinate": "of whom he leads",
    "below": "of whom his subordinate leads",
    "colleague": "of a colleague elsewhere",
    "nobody": "of the pool",
    "own won": "his own, the deal won",
    "won": "a colleague's, the deal won",
    "lost": "a colleague's, the deal lost",
}

ROLES = ("rep", "manager", "director", "service", "finance", "admin")

READS = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      yes      yes       ·        ·        ·
own won       yes    yes      yes       yes      ·        ·
won           ·      ·        yes       yes      ·        ·
lost          ·      ·        yes       ·        ·        ·
"""
"""Naming a client and whatever needs no more than that."""

CLOSES = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      yes      yes       ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""What is closed is closed: who sees it is told so."""

MOVES = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      yes      yes       ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""Passing a client on: a rep his own, a manager whatever he sees."""

FOLLOWS = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      ·        ·         ·        ·        ·
below         ·      ·        ·         ·        ·        ·
colleague     ·      ·        ·         ·        ·        ·
nobody        ·      ·        ·         ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        ·         ·        ·        ·
lost          ·      ·        ·         ·        ·        ·
"""
"""The buttons of the owner's own card: nobody presses them for him."""

CLAIMS = """
              rep    manager  director  service  finance  admin
own           told   told     told      ·        ·        ·
subordinate   ·      told     told      ·        ·        ·
below         ·      told     told      ·        ·        ·
colleague     ·      ·        told      ·        ·        ·
nobody        yes    yes      yes       ·        ·        ·
own won       told   told     told      ·        ·        ·
won           ·      ·        told      ·        ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""Taking out of the pool; a rep's products alone (tests/handlers/test_public_pool.py)."""

RETURNS = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      told     told      ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""Putting into the pool."""

UNDOES = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      yes      yes       ·        ·        ·
own won       yes    yes      yes       yes      ·        ·
won           ·      ·        yes       told     ·        ·
lost          ·      ·        yes       ·        ·        ·
"""
"""Parting what was merged: the owner, and whoever leads all that have the client."""

FOCUSES = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      told     told      ·        ·        ·
below         ·      told     told      ·        ·        ·
colleague     ·      ·        told      ·        ·        ·
nobody        ·      told     told      ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""Choosing whom to go for today: everybody his own."""

DECIDES = """
              rep    manager  director  service  finance  admin
own           yes    yes      yes       ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      told     told      ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""What is brought before a manager, looked at and left to wait."""

TAKES = """
              rep    manager  director  service  finance  admin
own           told   told     told      ·        ·        ·
subordinate   ·      yes      yes       ·        ·        ·
below         ·      yes      yes       ·        ·        ·
colleague     ·      ·        yes       ·        ·        ·
nobody        ·      yes      yes       ·        ·        ·
own won       told   told     told      told     ·        ·
won           ·      ·        told      told     ·        ·
lost          ·      ·        told      ·        ·        ·
"""
"""接管: a manager takes what is another's."""

COMMANDS = {
    "静音 {client}": READS,
    "今日主攻 {client}": FOCUSES,
    "静音 {client} {kind}": READS,
    "恢复 {client}": READS,
    "恢复 {client} {kind}": READS,
    "问 {colleague} {client} {words}": READS,
    "结果 {client} {result}": CLOSES,
    "升级 {client}": DECIDES,
    "再等一天 {client}": DECIDES,
    "接管 {client} {reason}": TAKES,
    "为什么 {client}": READS,
    "归档 {client} {words}": READS,
    "为什么 {client} {field}": READS,
    "需求记录 {client}": READS,
    "为什么合并 {client}": READS,
    "撤销合并 {client}": UNDOES,
    "查 {client}": READS,
    "查 {client} 的 {field}": READS,
    "谁负责 {client}": READS,
    "撤销赢单 {client}": READS,
    "上次联系 {client} 是什么时候": READS,
    "我答应了 {client} 什么": READS,
    "{client} 的 {thing} 发了吗": READS,
    "{client} 说了什么": READS,
    "{client} 提过 {words} 吗": READS,
    "{client} 上次报价多少": READS,
    "和 {client} 类似的客户怎么成交的": READS,
    "承诺 {client} {words}": READS,
    "{client} 下次联系 {time}": CLOSES,
    "取消下次联系 {client}": CLOSES,
    "更正 {client} {field} {value}": CLOSES,
    "跟进 {client} {note}": CLOSES,
    "赢单 {client}": CLOSES,
    "输单 {client} {reason}": CLOSES,
    "无效 {client} {reason}": CLOSES,
    "转派 {client} 给 {successor}": MOVES,
    "转派 {client}": MOVES,
    "领取 {client}": CLAIMS,
    "放回公海 {client} {reason}": RETURNS,
    "放回公海 {client}": READS,
    "为什么把 {client} 给 {colleague}": READS,
}
"""By the pattern that 帮助 shows."""

BUTTONS = {
    "why:{lead}": READS,
    "mute:{lead}": READS,
    "mute:{lead}:nudge": READS,
    "unmute:{lead}": READS,
    "wait:{lead}": DECIDES,
    "takeover:{lead}": TAKES,
    "result:{lead}:需要报价": FOLLOWS,
    "file:D1:{lead}": READS,
    "reassign:{lead}": MOVES,
    "assign:{lead}:heir": MOVES,
    "support:{lead}": MOVES,
    "claim:{lead}": CLAIMS,
    "contacted:{lead}": FOLLOWS,
    "focus:{lead}": FOLLOWS,
    "visit:{lead}": FOLLOWS,
    "material:{lead}": FOLLOWS,
    "met:{lead}": FOLLOWS,
    "unmet:{lead}": FOLLOWS,
    "noticed:{lead}": FOLLOWS,
}

ABOUT_QUESTIONS = {"待答复", "答复 {question} {words}", "answer"}
"""They go by a question's number: tests/handlers/test_asking_colleagues.py holds who may."""

ABOUT_NOTES = {"unnote", "renote"}
"""They go by a follow-up's entry: tests/handlers/test_requests.py holds who may."""

ABOUT_NO_CLIENT = {
    *("我的静音", "静音率"),
    *ABOUT_QUESTIONS,
    *ABOUT_NOTES,
    *("桌面提醒", "关闭桌面提醒"),
    *("早会", "TOP5", "逾期", "热力图", "黄金四小时", "24小时跟进率", "报表"),
    *("谁问过 {product}", "找 {words}", "recall"),
    *("为什么给我", "今天该先打哪个电话", "我的线索", "帮助"),
    "线索 {words}",
    *("create", "ignore", "待查重"),
    *("帮助 {topic}", "fill"),
    *("话术", "话术 {topic}", "用了 {topic}", "talk_used", "talk_whole"),
    *("新规则 {rule}", "规则", "规则 第{page}页", "规则 {number}", "修改规则 {number} {rule}"),
    *("停用规则 {number}", "启用规则 {number}", "rule_on", "rule_off", "rule_drop", "rule_edit"),
    *("请假 {time}", "给 {colleague} 请假 {time}", "销假", "给 {colleague} 销假"),
    *("我的请假", "谁在请假", "公海", "公海 {words}", "为什么给 {colleague}"),
}
"""They take nobody's name: own lists, new words, the presser's own drafts, and what is looked for
in all that he sees (tests/handlers/test_questions.py)."""

ABOUT_PAIRS = {"查重 {pair} {answer}", "review", "unmerge"}
"""They are about two clients, or a merge: tests/handlers/test_reviewing.py and test_why_merged.py
hold who may."""

ABOUT_PROMISES = {
    *("{time} 提醒我 {words}", "提醒 {colleague} {words}", "我的提醒", "取消提醒 {number}"),
    *("提醒 {number} 改到 {time}", "snooze"),
    *("我的承诺", "我答应 {words}", "已兑现 {number}", "放弃承诺 {number}"),
    "承诺 {number} 改到 {time}",
    *("promise_kept", "promise_none", "promise_when", "promise_to"),
}
"""They go by a promise's or reminder's number, or find the client in one's own words:
tests/handlers/test_promises.py and test_reminders.py hold who may."""

PAGE_ACTS = {"assign": MOVES, "support": MOVES}
"""What is posted to /t/{token}; reading it is READS."""


def cells(table: str) -> dict[tuple[str, str], str]:
    """(role, whose) → yes, told or ·"""
    head, *rows = table.strip().splitlines()
    roles = head.split()
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        *words, last = (part.strip() for part in row.split("  ") if part.strip())
        whose, *marks = (*words, last)
        found |= {(role, whose): mark for role, mark in zip(roles, marks, strict=True)}
    return found
