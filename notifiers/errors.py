"""What can go wrong on the way out, named by what is to be done about it.

DeliveryError
├── Retryable        try again later, the same row
│   └── Puzzling     an unknown code: a few times only
├── Undeliverable    will never arrive: set aside, or try the member's other platform
├── Misconfigured    a setting or right is wrong: a breaker opens, rows wait, the admin is told
└── CardCodeGone     the card can no longer be changed: send a new one instead
"""

from datetime import timedelta


class DeliveryError(Exception):
    """A message did not get through. `code` is the platform's own error code, as text.

    `by_platform`: this is what the platform answered. Otherwise nothing was asked of it, and
    nothing is known of the app's settings and rights.
    """

    def __init__(self, reason: str, *, code: str = "", by_platform: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.by_platform = by_platform


class Retryable(DeliveryError):
    """The platform is busy, slow or limiting; `after` is the least it wants us to wait."""

    def __init__(self, reason: str, *, code: str = "", after: timedelta | None = None) -> None:
        super().__init__(reason, code=code)
        self.after = after


class Puzzling(Retryable):
    """The platform answered with a code that we do not know: a few tries, then it is given up."""


class Undeliverable(DeliveryError):
    """This message to this receiver is refused for good."""


class Misconfigured(DeliveryError):
    """The app's settings or rights are wrong (60020, 40013, 48002, 43012 and their like).

    `app` names whose settings ("wecom.assistant", "dingtalk"); with `only_this_api` the app lacks
    the right to what was asked, and may do the rest. `advice` tells the admin, in Chinese, which
    console page or setting mends it.
    """

    def __init__(
        self, reason: str, *, app: str, advice: str, code: str = "", only_this_api: bool = False
    ) -> None:
        super().__init__(reason, code=code)
        self.app = app
        self.advice = advice
        self.only_this_api = only_this_api


class CardCodeGone(DeliveryError):
    """No code is left with which this card could be updated (used, expired or never seen)."""
