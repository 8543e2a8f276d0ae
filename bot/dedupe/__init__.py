"""查重: a file of clients in, who is the same as whom out. Nothing here touches the database."""
