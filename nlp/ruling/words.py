# ruff: noqa: SIM905 (lists of words are read and edited as words)
"""The words of the grammar itself. How much each says is what Chinese law says of it: 以上, 以下,
以内 include the figure, 超过 and 不满 do not (民法典, 1259)."""

from collections.abc import Mapping
from typing import NamedTuple

from nlp.ruling.rule import Fact, Op


class Fixed(NamedTuple):
    kind: str
    value: object = None


def _each(words: str, kind: str, value: object = None) -> dict[str, Fixed]:
    return {word: Fixed(kind, value) for word in words.split()}


BEFORE: Mapping[str, Op] = {
    **dict.fromkeys("大于 超过 高于 多于 超出 > 超".split(), ">"),
    **dict.fromkeys("不低于 不少于 不小于 至少 起码 最少 ≥ >= 大于等于 达到 达".split(), ">="),
    **dict.fromkeys("小于 低于 少于 不到 不足 不满 < 没到 未达到".split(), "<"),
    **dict.fromkeys("不超过 不高于 不大于 不多于 至多 最多 最高 ≤ <= 小于等于".split(), "<="),
    **dict.fromkeys("等于 = ==".split(), "=="),
}
"""Before the figure."""
AFTER: Mapping[str, Op] = {
    **dict.fromkeys("以上 及以上 或以上 起 往上 起步 或更多 及更多".split(), ">="),
    **dict.fromkeys("以下 及以下 或以下 以内 之内 内 往下 或更少".split(), "<="),
    **dict.fromkeys("以后 之后 后".split(), ">="),
    **dict.fromkeys("以前 之前 前".split(), "<"),
}
"""After it."""

NOUNS: Mapping[str, Fact] = {
    **dict.fromkeys("预算 预算金额 金额 总预算 客单价".split(), Fact.BUDGET),
    **dict.fromkeys("数量 采购量 采购数量 台数 件数 需求量".split(), Fact.QUANTITY),
    **dict.fromkeys("产品 商品 型号 课程 设备 意向产品 意向".split(), Fact.PRODUCT),
    **dict.fromkeys("产品线 线 业务线 品类".split(), Fact.LINE),
    **dict.fromkeys("地区 区域 地域 所在地 省份 城市 地址".split(), Fact.REGION),
    **dict.fromkeys("来源 渠道 来源渠道 线索来源".split(), Fact.SOURCE),
    **dict.fromkeys(
        "公司 单位 公司名 公司名称 单位名称 客户单位 企业 公司名字".split(), Fact.COMPANY
    ),
    **dict.fromkeys("角色 决策角色 身份".split(), Fact.ROLE),
    **dict.fromkeys("优先级 优先度 意向度".split(), Fact.PRIORITY),
    **dict.fromkeys("异议 顾虑".split(), Fact.OBJECTION),
    **dict.fromkeys("竞品 竞争对手 对手 竞品品牌".split(), Fact.COMPETITOR),
    **dict.fromkeys("标签".split(), Fact.TAG),
    **dict.fromkeys(
        "客户的话 客户的话里 消息 内容 消息里 话里 客户消息 关键词 聊天内容".split(), Fact.WORDS
    ),
    **dict.fromkeys("星期".split(), Fact.WEEKDAY),
    **dict.fromkeys("进线时间 时间 时段".split(), Fact.MINUTE),
}
IS = "是 为 属于 叫 里是 就是"
HAS = "包含 含有 含 包括 里有 中有 有 出现 带有 带 里含 里包含 中包含 里提到 里出现"
IS_NOT = "不是 不为 不属于 非 不等于 ≠ != 并非 不叫"
HAS_NOT = "不包含 不含 不包括 没有 不带 没带 未包含 里没有 中没有 没出现 没提"
ASKS = (
    "咨询 询问 问 问到 了解 想了解 想买 要买 购买 采购 想要 想采购 打听 感兴趣的是 "
    "需要 买 再来咨询 来咨询 想问 报名 想报 学"
)
MENTIONS = "提到 说到 提及 说 谈到 提过 说过 问起 聊到 讲到 提出"
MENTIONS_NOT = "没提到 没有提到 未提到 不提 没说到 没提及"
FROM = "来自 在 位于 从 地处 人在"
NOT_FROM = "不来自 不在 不位于"

VALUES: Mapping[str, tuple[Fact, str]] = {
    **dict.fromkeys("高优先级 高优先 高意向 重点客户 高意向度".split(), (Fact.PRIORITY, "high")),
    **dict.fromkeys("普通优先级 一般优先级".split(), (Fact.PRIORITY, "normal")),
    **dict.fromkeys("着急 紧急 很急 急需 催得急 加急".split(), (Fact.URGENCY, "high")),
    **dict.fromkeys("预算已批 预算批了 预算已批复 预算已下来".split(), (Fact.MONEY, "approved")),
    **dict.fromkeys("预算未批 预算没批 预算还没批".split(), (Fact.MONEY, "pending")),
    **dict.fromkeys("没有预算 没预算 无预算".split(), (Fact.MONEY, "none")),
    **dict.fromkeys(
        "价格异议 嫌贵 价格太贵 价格贵 太贵 价格高 觉得贵 价格太高".split(),
        (Fact.OBJECTION, "price"),
    ),
    **dict.fromkeys(
        "预算异议 预算有限 预算不够 预算紧张 钱不够".split(), (Fact.OBJECTION, "budget")
    ),
    **dict.fromkeys(
        "再考虑 考虑考虑 再考虑考虑 再看看 时机异议".split(), (Fact.OBJECTION, "timing")
    ),
    **dict.fromkeys(
        "已有供应商 有供应商 供应商异议 有老供应商".split(), (Fact.OBJECTION, "incumbent")
    ),
    **dict.fromkeys("交期异议 交期太长 嫌交期长 交期长 嫌慢".split(), (Fact.OBJECTION, "delivery")),
    **dict.fromkeys("信任异议 不信任 不放心 有顾虑".split(), (Fact.OBJECTION, "trust")),
    **dict.fromkeys("需求不明 不需要 没需求 没有需求".split(), (Fact.OBJECTION, "need")),
    **dict.fromkeys("决策人 拍板人 能拍板 老板本人 拍板的人".split(), (Fact.ROLE, "decider")),
    **dict.fromkeys("采购人员 采购员 采购经理 采购人".split(), (Fact.ROLE, "buyer")),
    **dict.fromkeys("使用人 使用者 使用科室".split(), (Fact.ROLE, "user")),
    **dict.fromkeys("审批人".split(), (Fact.ROLE, "approver")),
    **dict.fromkeys("影响决策的人".split(), (Fact.ROLE, "influencer")),
    **dict.fromkeys("新客户 新客 首次咨询 第一次来".split(), (Fact.KNOWN, "no")),
    **dict.fromkeys("老客户 老客 回头客 以前来过 来过".split(), (Fact.KNOWN, "yes")),
    **dict.fromkeys("成交客户 成交过 买过 已成交客户 成交过的客户".split(), (Fact.WON, "yes")),
    **dict.fromkeys("没成交过 没买过 未成交".split(), (Fact.WON, "no")),
    **dict.fromkeys("工作时间 上班时间 上班时 工作时段".split(), (Fact.WORKING, "yes")),
    **dict.fromkeys(
        "非工作时间 下班时间 下班后 下班以后 下班之后 工作时间外 非工作时段 休息时间".split(),
        (Fact.WORKING, "no"),
    ),
}
BY_NOUN: Mapping[Fact, Mapping[str, str]] = {
    Fact.OBJECTION: {
        "价格": "price", "预算": "budget", "时机": "timing", "已有供应商": "incumbent",
        "供应商": "incumbent", "交期": "delivery", "信任": "trust", "需求不明": "need",
    },
    Fact.ROLE: {
        "拍板": "decider", "决策人": "decider", "采购": "buyer", "使用": "user",
        "审批": "approver", "影响决策": "influencer",
    },
    Fact.PRIORITY: {"高": "high", "最高": "high", "普通": "normal", "一般": "normal"},
}  # fmt: skip
"""What a value is called where its noun stands before it."""
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    **{f"{week}{day}": (str(number),) for week in ("周", "星期", "礼拜")
       for number, day in enumerate("一二三四五六", start=1)},
    **{f"{week}{day}": ("7",) for week in ("周", "星期", "礼拜") for day in "日天"},
    "周末": ("6", "7"), "双休日": ("6", "7"), "工作日": ("1", "2", "3", "4", "5"),
}  # fmt: skip

VERBS: Mapping[str, Fixed] = {
    **_each(
        "分配给 自动分配给 分给 派给 转给 转派给 交给 指派给 安排给 指定给 给 给到 归 "
        "分到 划给 转交给 优先给 优先分配给 分派给 都给 直接给",
        "assign",
    ),
    **_each("由 让 安排 请 交由", "by"),
    **_each("推送 推 发送 发 附上 推荐 推送给 发给 发送给 推给 下发 送上 带上 附带", "push"),
    **_each(
        "打上 打标签 打上标签 加标签 贴标签 贴上 加上 打个 标上 打 标签设为 加上标签 贴上标签",
        "tag",
    ),
    **_each("标记为 标为 标成 标记成 标注为", "mark"),
    **_each("通知 告知 知会 提醒 抄送 告诉 叫上 通知给", "notify"),
}
RECEIVERS: Mapping[str, str] = {
    **dict.fromkeys(
        "负责人 销售 负责的销售 对应销售 跟进人 业务员 他 她 顾问本人".split(), "owner"
    ),
    **dict.fromkeys(
        "主管 上级 经理 他的主管 她的主管 其主管 负责人的主管 他的上级 直属主管 他的经理".split(),
        "manager",
    ),
    **dict.fromkeys("我 本人 我自己".split(), "author"),
    **dict.fromkeys("客户 客户本人 对方".split(), "client"),
}
ENDS = "人 人员 销售 同事 成员 员工 的人 组员"
CLOSES = "跟进 负责 处理 接待 接手 来跟 对接 跟 来跟进 来负责 接 服务"
LIGHTEST = "负荷最低 负荷最小 负荷最轻 最闲 手上最少 线索最少 任务最少 最不忙"
COUNTERS = "台 套 个 件 箱 吨 人 份 支 盒 辆 名 位 批 只 张 把 组 公斤 米 单 班 课时 节"

FIXED: Mapping[str, Fixed] = {
    **{word: Fixed("before", op) for word, op in BEFORE.items()},
    **{word: Fixed("after", op) for word, op in AFTER.items()},
    **{word: Fixed("noun", fact) for word, fact in NOUNS.items()},
    **_each(IS, "is"),
    **_each(HAS, "has"),
    **_each(IS_NOT, "is", "not"),
    **_each(HAS_NOT, "has", "not"),
    **_each(ASKS, "asks"),
    **_each(MENTIONS, "mentions"),
    **_each(MENTIONS_NOT, "mentions", "not"),
    **_each(FROM, "from"),
    **_each(NOT_FROM, "from", "not"),
    **{word: Fixed("value", (sense,)) for word, sense in VALUES.items()},
    **{word: Fixed("weekday", days) for word, days in WEEKDAYS.items()},
    **VERBS,
    **{word: Fixed("receiver", who) for word, who in RECEIVERS.items()},
    **_each(ENDS, "end"),
    **_each(CLOSES, "closes"),
    **_each(LIGHTEST, "lightest"),
    **_each("负责 主管的是 覆盖 分管", "covers"),
    **_each("且 并且 而且 同时 并 以及 与此同时 又 还 也 再 同时还 此外 另外 ； ;", "and"),
    **_each("， , 。 . \n ！ !", "comma"),
    **_each("、 和 与 及 跟", "list"),
    **_each("或 或者 或是 要么 || |", "or"),
    **_each("&& &", "and"),
    **_each("但 但是 不过", "and"),
    **_each("夜里 夜间 夜晚 晚上 半夜 深夜 晚间 白天 早上 上午 下午 中午", "vague"),
    **_each("顾问", "unknown"),  # and no 问
    **_each("（ (", "open"),
    **_each("） )", "close"),
    **_each("到 至 - ~ – —", "to"),
    **_each("之间 间 范围内 区间", "between"),
    **_each("如果 若 若是 假如 当 只要 凡是 凡 一旦 要是 倘若 遇到 碰到 但凡 每当", "if"),
    **_each("就 则 那么 那就 便 即 → -> => ⇒", "then"),
    **_each("： :", "colon"),
    **_each("+ ＋", "and"),
    **_each("所有线索 全部线索 所有客户 全部客户 任何线索 任何客户 每条线索", "always"),
    **_each(
        "的 了 时 时候 的时候 的话 客户 线索 客户的 客人 对方 自动 请 帮我 帮忙 规则 一律 都 全部 "
        "全都 统统 直接 把 将 凡 拿 来 来比较 比较 进来 进线 一下 给他 最 里 中 上 又 方面 这类 "
        "此类 类 这种 那些 这些 单子 商机 询盘 人群 一条 该 其 他们 有人 过来 想 要 先 均 需 "
        "需要时 马上 立即 立刻 系统 对应 相关 话术 文档 资料 一份 份 名称 名字 咨询的 的人 情况 "
        "情况下 新线索 成员里 里面 当中 所 做 对比 优先 属 再来 用户 学员 家长 客人的",
        "filler",
    ),
    " ": Fixed("filler"),
    "\u3000": Fixed("filler"),
}
"""Where a word stands twice, the later line holds."""
