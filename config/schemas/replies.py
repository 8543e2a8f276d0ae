"""The texts that clients receive without a person's doing: replies.yaml."""

from pydantic import Field, field_validator

from config.checking import Strict

TEXT_BYTES = 2048
"""What 微信客服 takes in one text."""


class Reply(Strict):
    enabled: bool
    text: str = Field(min_length=1)

    @field_validator("text")
    @classmethod
    def _fits_one_message(cls, text: str) -> str:
        if len(text.encode()) > TEXT_BYTES:
            raise ValueError(f"太长，一条消息最多 {TEXT_BYTES} 字节（约 680 个汉字）")
        return text


class Replies(Strict):
    greeting: Reply
    """When a client opens the conversation."""
    acknowledgement: Reply
    """After a client's first message."""
    max_age_minutes: int = Field(gt=0)
    """An older message gets no automatic answer."""
