"""Files of clients as people have them: CSV, Excel, vCard. In: a path. Out: lines of texts.

Whatever a file holds, reading it ends: in lines, or in FileRefused with what to do about it.
"""
