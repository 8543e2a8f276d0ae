"""Why something did not arrive, and of which app, as an administrator reads it."""

_PLATFORMS = {
    "wecom": "企业微信",
    "dingtalk": "钉钉",
    "llm": "大模型",
    "speech": "语音转文字",
    "webhook": "相连的系统",
}
_REASONS = {
    # what stands in the way of everything
    "the app's settings or rights are wrong": "应用的设置或权限不对",
    "settings or rights are wrong": "应用的设置或权限不对",
    "the caller's address is not trusted": "服务器的出口地址不在企业可信IP里",
    "no secret for card callbacks": "没有设置卡片回调的密钥",
    "wecom is not connected": "企业微信还没有接上，请检查设置",
    "dingtalk is not connected": "钉钉还没有接上，请检查设置",
    "the platform is busy or limiting": "平台繁忙或在限流",
    "our address is blocked": "平台暂时封住了服务器的地址",
    "the platform did not answer in time": "平台没有及时答复",
    "the connection failed": "连不上平台",
    "the platform answered HTTP": "平台答复 HTTP",
    "without a JSON object": "的内容读不懂",
    "no token in the answer": "平台的答复里没有令牌",
    "an unknown error": "不认识的错误码",
    "the database was away": "数据库当时不可用",
    "expired before it could be delivered": "过了有效期还没能送出",
    "unreadable": "内容已读不出",
    "platform limit": "到了平台的限额",
    "only a card can be redrawn": "只有卡片能改",
    "there is no call named": "没有这个接口：",
    "neither the card nor its words arrived: ": "卡片和文字都没有送到：",
    # the receiver
    "this is no account of a single member": "这不是一位成员的账号",
    "the receiver is among the answer's invaliduser": "平台说没有这个账号，或不在应用的可见范围",
    "the receiver is among the answer's unlicenseduser": "这个账号没有接口许可",
    "the receiver gets too much at once": "发给这个人的太多太快",
    "the receiver is refused": "平台不接受这个收件人",
    "the receivers are refused": "平台不接受这些收件人",
    "there are too many receivers": "收件人太多",
    "the userid is invalid": "账号不对",
    "the userid is unknown": "没有这个账号",
    "the card names an unknown userid": "卡片里的账号不存在",
    "none of the members can be used": "成员都不可用",
    "no receiver is valid": "没有可用的收件人",
    "no receiver is named": "没有写收件人",
    "the phone number is invalid": "手机号不对",
    "the group chat is unknown": "没有这个群",
    "the group is unknown": "没有这个群",
    "the group is gone": "群已不在",
    "the group is not of this company": "不是本企业的群",
    "the group's rules refuse it": "群的规定不允许",
    "the group robot was removed, or its key is wrong": "群机器人已移除，或密钥不对",
    # the content
    "the media type is refused": "平台不接受这种文件",
    "the file's size is refused": "文件大小不合要求",
    "the media id is invalid or over three days old": "文件编号不对，或已过三天",
    "the message type is unknown": "平台不认识这种消息",
    "the kind of message is unknown": "平台不认识这种消息",
    "the message's fields are refused": "平台不接受消息里的内容",
    "the picture's size is refused": "图片大小不合要求",
    "the text holds characters that are refused": "文字里有平台不接受的字符",
    "a parameter is invalid": "有一项参数不对",
    "a parameter is too long or of the wrong type": "有一项参数太长或类型不对",
    "a parameter is empty": "有一项参数是空的",
    "an address is invalid": "有一个链接不对",
    "an address has no scheme": "有一个链接没有写 http",
    "the file is empty": "文件是空的",
    "the text is empty": "文字是空的",
    "the text is too long": "文字太长",
    "there are too many articles": "图文条数太多",
    "the body is not JSON": "请求不是 JSON",
    "the body is not declared as JSON": "请求没有声明为 JSON",
    "a field is missing": "缺了一项内容",
    "the content is refused": "平台不接受这些内容",
    "the card is refused": "平台不接受这张卡片",
    "the resource is gone": "要用的东西已不在",
    "the reply's address has expired": "回复的地址已过期",
    "the message to recall is unknown": "没有要撤回的消息",
    # a model
    "llm is not connected": "大模型还没有接上，请检查设置",
    "a model is told nothing": "大模型不收消息",
    "the model's answer is none": "大模型的答复读不懂",
    "the model refused the question": "大模型不肯答",
    "the model broke off": "大模型没有答完",
    "the answer is not in the shape asked for": "大模型没有按要求的格式答",
    "the answer is too long": "答复太长",
    # a voice
    "speech is not connected": "语音转文字还没有接上，请检查设置",
    "speech is told nothing": "语音转文字不收消息",
    "the recording is of an unknown kind": "不认识这种录音",
    "the recording cannot be decoded": "录音解不开",
    "the recording is too long": "录音太长",
    "the recording is too large": "录音太大",
    "the recording is gone": "录音已不在",
    "decoding took too long": "录音解得太慢",
    "no decoder is installed": "没有安装解码程序",
    "the answer is not JSON": "答复读不懂",
    "there is no text in the answer": "答复里没有文字",
    "there is no model to hear with": "没有能用的语音模型",
    "the model failed": "语音模型出错",
    # another system
    "webhook is not connected": "相连的系统还没有接上，请检查设置",
    "a system is told nothing but changes": "相连的系统只收变化通知",
    "the system is not registered": "这个系统没有登记，或没有写 url",
    "there is no secret to sign with": "没有签名用的密钥",
    "the system refuses the credentials": "它不认签名或密钥",
    "the system has no such address": "它没有这个地址",
    "the system sends us elsewhere": "它要我们改发别处",
    "the system does not answer": "它没有应答",
    "the system refuses the content": "它不接受这些内容",
    # pages and conversations
    "the login's code is invalid": "登录凭据不对",
    "a page's signature is refused": "网页的签名不对",
    "the login's code has expired": "登录凭据已过期",
    "the login's code was used before": "登录凭据已用过",
    "the welcome code is used or expired": "欢迎语的凭据已用过或过期",
    "the conversation has already begun": "会话已经开始",
    "the client has not agreed": "客户还没有同意",
    "the welcome is being sent already": "欢迎语正在发送",
    "they are not contacts": "双方不是联系人",
    "the 客服 account's id is invalid": "客服账号的编号不对",
    "over five messages since the client's last": "客户上次来信后已发满五条",
    "over 48 hours since the client's last message": "客户上次来信已过 48 小时",
    "the conversation refuses the call": "会话当前不允许这样做",
    "the 客服 account does not exist": "没有这个客服账号",
    "the event's token is invalid or expired": "事件的凭据不对或已过期",
    "too many menu items": "菜单项太多",
    "the session has ended": "会话已结束",
    "the servicer is not taking sessions": "接待人员当前不接待",
    "the session cannot change to this state": "会话不能改成这个状态",
    "the session's state forbids the call": "会话当前的状态不允许这样做",
}
_LONGEST_FIRST = sorted(_REASONS, key=len, reverse=True)


def reason_told(reason: str) -> str:
    """A DeliveryError's reason; codes and what is Chinese already stay as they are."""
    for english in _LONGEST_FIRST:
        reason = reason.replace(english, _REASONS[english])
    return reason


def platform_told(platform: str) -> str:
    return _PLATFORMS.get(platform, platform)


def app_told(name: str) -> str:
    """A breaker's name: "wecom.kf kf/send_msg" → 企业微信应用「kf」（接口 kf/send_msg）."""
    whole, _, api = name.partition(" ")
    platform, _, app = whole.partition(".")
    kind = "" if platform == "webhook" else "应用"
    shown = platform_told(platform) + (f"{kind}「{app}」" if app else "")
    return f"{shown}（接口 {api}）" if api else shown
