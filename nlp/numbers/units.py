"""What goods are counted in, and what looks like it but is not.

A unit stands with the pattern of what may not follow it: three 件事 are no goods, 支持 no 支.
"""

import re

ABSTRACT = (
    "月|小时|钟头|钟|星期|礼拜|工作日|交易日|自然日|季度|年|周|半月|晚上|上午|下午|"
    "人|客户|同事|同学|孩子|小孩|娃|学生|学员|老师|朋友|老板|领导|员工|家长|患者|病人|"
    "部门|科室|公司|单位|医院|学校|班|校区|门店|店|分店|城市|地方|地区|区|省|县|市|仓|厂|工厂|"
    "点(?!位)|百分|问题|事|方面|方向|方案|版本|选项|选择|价|报价|数|字|词|步骤|环节|阶段|流程|项目|标段|标|"
    "品牌|品类|品种|型号|规格|颜色|款|系列|尺寸|参数|功能|模块|渠道|群|微信|电话|号|邮箱|"
    "地址|链接|文件|图|视频|表|ppt|合同|订单|单子|发票|消息|好消息|想法|建议|意见|情况|原因|条件|"
    "要求|承诺|说法|时间|时段|周期|回合|来回|面|楼|层|厅|级|等级|档|折|优惠|活动|疑问|疑|顾虑|"
    "亿|万|[wW]|都|全|不|比|东西|心|忙|够|多月|多星期|批次|行业|国家|竞品|供应商|厂家|家|投诉|"
    "[达大]不溜|章|故障|毛病|例子|案例|细节|地儿|机会|理由|角度|维度|过程|结果|结论|说明|证|资质|例"
)
"""What 个 counts beside goods."""

PACKED = "装(?!修|机|车|柜|货|在|好)"

UNITS: dict[str, str] = {
    "个": ABSTRACT,
    "台": "[湾州风阶词历布式]|灯",
    "套": "餐|路|用|方案|流程|资料|说法|标准|图|题|卷|逻辑|班子|话",
    "件": f"事|套|{PACKED}",
    "箱": PACKED,
    "盒": PACKED,
    "支": f"[付撑援队出]|持|{PACKED}",
    "只": f"[能是有会想剩够管]|松鼠|{PACKED}",
    "瓶": PACKED,
    "包": f"[邮含月年税场教修销过括裹]|干|{PACKED}",
    "袋": PACKED,
    "卷": PACKED,
    "条": "消息|信息|微信|评论|建议|意见|[路线街款件命龙]|短信|腿|朋友圈|产线",
    "根": "据|本",
    "张": "图|照片|表|截图|发票|单|家[港界口]|江|总|工|经理|主任|院长|女士|先生|老师|纸质",
    "片": f"[区面段]|{PACKED}",
    "吨": "位",
    "斤": "",
    "公斤": PACKED,
    "千克": PACKED,
    "克": f"[隆服拉扣莱]|{PACKED}",
    "双": "[方向休语重层倍]|[十11]+",
    "辆": "",
    "把": "[握关控手你您我他合这那它报单货样价钱发]",
    "桶": PACKED,
    "罐": PACKED,
    "提": f"[供出前到货醒升交及高成议案]|{PACKED}",
    "副": "[总主院本校作部处所食业]",
    "对": "[公接方账面比应于的策象照不外内]|[吧吗么不了]",
    "部": "[门分长队委位件署]",
    "粒": PACKED,
    "颗": "",
    "枚": "",
    "份": (
        "合同|报价|资料|文件|标书|简历|方案|协议|表|清单|材料|报告|授权|证明|计划|心|工|订单|额|"
        "参数|样本|图|账单|名单|发票|数据|保险|彩页|说明|问卷|答卷"
    ),
    "托": "[运管人您你付福儿]|盘",
    "托盘": "",
    "柜": "[台子员门]",
    "车": "[间位险库程牌型]|上|皮",
    "米": "[饭粉线色宽高长厚深]|[0-9]|[一二三四五六七八九]",
    "组": "[织长合成团]",
    "册": "",
    "本": "[月周人身来公科地轮次期季年市省院校部店]",
    "打": "[底电开包印算折听款扰样扫造过不了]",
    "平米": "",
    "平方米": "",
    "平方": "",
    "平": "[台时均板方常安价整]|米",
    "立方米": "",
    "立方": "",
    "方": "[便案面向式法才圆形钢管木]|[、,]",
    "株": "",
    "棵": "",
    "捆": "",
    "筐": "",
    "串": "",
    "匹": "[配]",
    "盏": "",
    "樘": "",
    "幅": "[度]",
    "顶": "[多层楼天]",
    "床": "[位]",
    "盘": "[点子货]",
    "节": "[课省约日前后假目奏能点]",
    "板": f"[块材凳斧子书式房面车]|{PACKED}",
    "壶": "",
    "坛": "",
    "艘": "",
    "令": "[人]",
    "扎": "[实]",
    "排": "[期产队版]",
    "单": "[价位号据子独品项元证纯词量一子体]",
    "间": "[断接隔谍或歇]",
    "席": "[地间]",
    "块": "",
}
"""块 counts goods only before a noun that comes in slabs."""

SLABS = (
    "屏|显示屏|拼接屏|板|电池|电瓶|蓄电池|硬盘|砖|瓷砖|玻璃|地毯|主板|显卡|手表|面板|光伏|组件|木板|"
    "白板|石板"
)
SLABS_BEFORE = re.compile(rf"(?:{SLABS})$")
SLAB = re.compile(r"\s?(?P<plus>\+)?(?P<unit>块)(?!钱|[0-9一二三四五六七八九])")
LATIN_UNITS = r"kgs?|pcs?|ctns?|sets?|units?|boxes|box|rolls?|pallets?|tons?|㎡|m²|m2|m³"

PATTERN = (
    "(?P<unit>"
    + "|".join(
        rf"{unit}(?!{refuted})" if refuted else unit
        for unit, refuted in sorted(UNITS.items(), key=lambda item: -len(item[0]))
        if unit != "块"
    )
    + rf"|块(?={SLABS})|(?i:{LATIN_UNITS})(?![A-Za-z0-9]))"
)
FIRST = frozenset(unit[0] for unit in UNITS) | frozenset(" +kKpPcCsSuUbBrRtT㎡m")
"""Every unit begins with one of these, or a space does before it."""

COUNTED_ALONE = frozenset("台辆箱吨桶托柜株艘")
"""After 一 they count goods wherever they stand; the others mostly do not (一个问题, 一份资料)."""
WANTED = re.compile(r"(?:要|买|订|定|来|采购|下|拿|补|换|配|添|加|装|上|进|备|借|租)(?:了|个)?$")
"""What stands before 一套 where it counts goods."""
NEVER_ONE = frozenset("板份单本方对提排节打平令车把根组米")
PRICED_BEFORE = re.compile(r"(?:[钱块元价贵格刀少毛欧0-9万千百多]|美金|左右|上下|以[内下上])$")
PRICED_AFTER = re.compile(
    r"(?:大概|差不多|要|得|是|卖|收|给|才|就)*(?:多少|几[块万千百]|什么价|啥价|怎么卖|咋卖|[0-9]|[一二两三四五六七八九十]{1,3}[万千百块])"
)
"""多少钱一台, 一箱多少: a price is named for one, nothing is ordered."""
PACK_BEFORE = re.compile(r"(?:[一每][箱盒包袋件提托桶套](?:有|是|装|就是)?|一式)\s?$")
PACK_AFTER = re.compile(r"\s?(?:/|一|每)\s?[箱盒包袋件提托桶套瓶卷板]")
"""一箱24瓶, 12支/盒: how goods are packed, not how many are wanted."""
IN_PACK = re.compile(r"[0-9一二三四五六七八九十百](?:瓶|支|盒|包|袋|个|只|片|条|卷|粒|斤|公斤|kg)$")
NOT_LISTED = re.compile(r"[这那整是有另同为在用到第每就没]$")
HALF = re.compile(r"半(?![天年月小个])")
DIVISIBLE = frozenset("吨箱斤米车桶卷打袋包公斤千克")
AFTER_WANTED = re.compile(r"[\s,.;!?。、~)]|$|试|先|就|够|多少|什么|啥|怎|吧|呗|呢")
