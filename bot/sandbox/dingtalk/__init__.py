"""The stand-in for api.dingtalk.com and oapi.dingtalk.com, and for what they push.

"doc NAME" means open.dingtalk.com/document/development/NAME.
"""
