"""Who works there: 200 reps in 30 teams under a director, with regions, lines and accounts."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

REGIONS = ("上海", "江苏", "浙江", "广东", "北京", "四川", "湖北", "山东")
LINES = ("医疗设备", "医用耗材", "教育培训", "企业软件", "跨境服务")
CAPACITY = 180
"""High enough that a month's leads find room: what is looked at is how they are shared. And no
higher: a score has one decimal, so that of 20 points for 200 leads one lead more is none."""


def staff(reps: int, managers: int) -> list[dict[str, Any]]:
    """The rows of staff.yaml."""
    director = {"id": "boss", "name": "高总", "roles": ["director"], "dingtalk": "boss"}
    root = {"id": "root", "name": "管理员", "roles": ["admin"], "wecom": "root"}
    heads = [
        {
            "id": f"m{number}",
            "name": f"经理{number}",
            "roles": ["manager"],
            "manager": "boss",
            "dingtalk": f"m{number}",
        }
        for number in range(1, managers + 1)
    ]
    numbers = count(1)
    people = []
    for _ in range(reps):
        number = next(numbers)
        row: dict[str, Any] = {
            "id": f"r{number}",
            "name": f"销售{number}",
            "roles": ["rep"],
            "manager": f"m{number % managers + 1}",
            "regions": [REGIONS[number % len(REGIONS)], REGIONS[(number + 3) % len(REGIONS)]],
            "lines": [LINES[number % len(LINES)]],
            "capacity": CAPACITY,
        }
        if number % 3:
            row["wecom"] = f"r{number}"
        else:
            row["dingtalk"] = f"r{number}"
        people.append(row)
    return [director, root, *heads, *people]


def accounts(rows: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], str]:
    """(platform, account) → member."""
    return {
        (platform, row[platform]): row["id"]
        for row in rows
        for platform in ("wecom", "dingtalk")
        if platform in row
    }
