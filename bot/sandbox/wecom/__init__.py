"""The stand-in for qyapi.weixin.qq.com and for what it pushes.

"doc path/N" means developer.work.weixin.qq.com/document/path/N.
"""
