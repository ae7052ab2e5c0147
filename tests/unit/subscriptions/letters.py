"""Subscriptions and letters for tests."""

from datetime import UTC, datetime
from typing import Any

from alerts.subscriptions.content import body_of
from alerts.subscriptions.outcome import Letter
from alerts.subscriptions.subscription import Subscription

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
NUMBER = "0d3a7c0e-7f1b-4b6e-9f3a-52f8a4f0a001"


def subscription(**given: Any) -> Subscription:  # noqa: ANN401 - any column
    """Return a webhook with the usual settings."""
    usual: dict[str, Any] = {
        "id": 1,
        "name": "ops",
        "kind": "webhook",
        "target": "https://ops.example.org/in?x=1",
        "recipients": [],
        "language": "both",
        "modes": ["actual"],
        "levels": [],
        "domains": [],
        "classes": [],
        "departments": [],
        "area": None,
        "quiet_from": None,
        "quiet_to": None,
        "quiet_level": None,
        "group_wait_s": 30,
        "group_interval_s": 300,
        "repeat_interval_s": None,
        "per_minute": 10,
        "enabled": True,
        "secret": "old and true",
        "old_secret": None,
        "old_secret_until": None,
        "receipt_key": "key of receipts",
    }
    return Subscription(**usual | given)


def group(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - any part
    """Return a group of one red alert, as a body has it."""
    alert = {
        "id": 34,
        "level": "red",
        "state": "raised",
        "entity_name": "茅洲河1段",
        "title_zh": "水位超保证",
        "title_en": "level above the guaranteed one",
        "rule": "river-level",
        "reason": "level 3.7 m is at or above 3.6 m (red)",
    }
    usual: dict[str, Any] = {
        "subject": "incident:12",
        "incident": 12,
        "level": "red",
        "title_zh": "茅洲河洪水",
        "title_en": "flood of the Maozhou",
        "since": "2026-05-01T04:00:00.000Z",
        "alert_count": 1,
        "alerts": [alert],
    }
    return usual | given


def letter(reason: str = "new", mode: str = "actual", message: str = "", **more: Any) -> Letter:  # noqa: ANN401
    """Return a letter about the group."""
    body = body_of(reason, mode, [group(**more)], NOON, message)
    return Letter(NUMBER, body, ["incident:12"], 0)
