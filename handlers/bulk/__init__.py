"""成批导入: what one form does in a transaction of its own, for thousands at a time.

A line of a file becomes the same rows as a form that is handed in: the client (judged against all
there are), the lead (opened or joined), his words, the fields, the facts. They are written table by
table, and nobody is told here: what colleagues should hear of becomes events in the inbox.
"""
