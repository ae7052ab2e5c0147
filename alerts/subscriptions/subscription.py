"""One subscription: who is told, of what, how, and when not."""

from datetime import datetime, time
from typing import Any, Literal, NamedTuple, get_args

Kind = Literal["webhook", "email", "sms", "public_address", "cap"]
Language = Literal["zh", "en", "both"]

KINDS: tuple[Kind, ...] = get_args(Kind)
HTTP_KINDS = ("webhook", "sms", "public_address")
"""The kinds whose target is an address that takes a signed POST."""

LEVELS = ("blue", "yellow", "orange", "red")


class Subscription(NamedTuple):
    """The columns of ``subscription`` that planning and sending read; ``docs/notices.md``."""

    id: int
    name: str
    kind: Kind
    target: str
    recipients: list[str]
    language: Language
    modes: list[str]
    levels: list[str]
    domains: list[str]
    classes: list[str]
    departments: list[str]
    area: int | None
    quiet_from: time | None
    quiet_to: time | None
    quiet_level: str | None
    group_wait_s: int
    group_interval_s: int
    repeat_interval_s: int | None
    per_minute: int
    enabled: bool
    secret: str | None
    old_secret: str | None
    old_secret_until: datetime | None
    receipt_key: str


COLUMNS = ", ".join(f"s.{name}" for name in Subscription._fields)


def subscription_in(row: dict[str, Any]) -> Subscription:
    """Return the subscription of a row that has its columns, and perhaps others."""
    return Subscription(**{name: row[name] for name in Subscription._fields})


def rank(level: str | None) -> int:
    """Return 1 for blue to 4 for red, and 0 for none."""
    return 0 if level is None else LEVELS.index(level) + 1
