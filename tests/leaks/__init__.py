"""Nothing that people said and no secret may stand in a log, a metric or an error.

A pytest plugin over the whole suite (`plugin.py`): what is private is noted where it enters
(`private.py`), what is said aloud is kept (`aloud.py`), and at the end the one is searched for the
other. A find fails the run and names the test and the log event.
"""
