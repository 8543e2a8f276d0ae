"""The lanes that belong to one client: named here once, so that an export finds what an erasure
finds."""


def voice_lane(client_id: int) -> str:
    """What he said, on its way to be written down."""
    return f"voice:C{client_id}"


def reading_lane(client_id: int) -> str:
    """His words, on their way to be read by a language model."""
    return f"llm:C{client_id}"


def lanes_of(client_id: int) -> tuple[str, ...]:
    """All that are named by his number."""
    return voice_lane(client_id), reading_lane(client_id)
