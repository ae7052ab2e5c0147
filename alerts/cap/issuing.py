"""Issues our warnings: each change of a subject is a message that refers to the earlier ones."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from alerts.cap.config import CapConfig
from alerts.cap.document import Issue, MsgType, build, cap_time, expires
from alerts.cap.outline import area_of
from alerts.subscriptions.content import Document
from alerts.subscriptions.groups import Verdict
from alerts.subscriptions.records import add_subscription

Connection = psycopg.Connection[tuple[Any, ...]]

FEED_NAME = "CAP feed"
"""The subscription that is made where none of its kind stands; it can be changed and disabled."""

_MOST_REFERENCES = 20
_ISSUED = ("actual", "exercise", "replay")
_HAS_FEED = "SELECT 1 FROM subscription WHERE kind = 'cap' LIMIT 1"
_EARLIER = """
SELECT identifier, sent, number, msg_type FROM cap_issued
WHERE subscription_id = %s AND subject = %s ORDER BY number
"""
_WRITE = """
INSERT INTO cap_issued (identifier, subject, number, subscription_id, mode, msg_type, title_zh,
                        title_en, reference, sent, expires, document)
VALUES (%(identifier)s, %(subject)s, %(number)s, %(subscription)s, %(mode)s, %(msg_type)s,
        %(title_zh)s, %(title_en)s, %(reference)s, %(sent)s, %(expires)s, %(document)s)
"""


def ensure_feed(connection: Connection) -> None:
    """Make the subscription of our feed, unless one of its kind was ever made."""
    if connection.execute(_HAS_FEED).fetchone() is None:
        settings = {
            "name": FEED_NAME,
            "kind": "cap",
            "modes": list(_ISSUED),
            "group_wait_s": 10,
            "group_interval_s": 60,
            "repeat_interval_s": 4 * 3600,
        }
        add_subscription(connection, settings, "citytwin")


def issuer(config: CapConfig) -> Callable[[Connection, Verdict, Document, datetime], None]:
    """Return what issues a warning about a group, inside the transaction that plans it."""

    def issue(connection: Connection, verdict: Verdict, told: Document, now: datetime) -> None:
        group = verdict.group
        if config.publish and group.mode in _ISSUED:
            _issue(connection, config, verdict, told, now.replace(microsecond=0))

    return issue


def _issue(
    connection: Connection, config: CapConfig, verdict: Verdict, told: Document, sent: datetime
) -> None:
    group = verdict.group
    subscription = group.subscription.id
    with connection.cursor(row_factory=dict_row) as cursor:
        earlier = cursor.execute(_EARLIER, [subscription, group.subject]).fetchall()
    since = _chain(earlier)
    if told["over"] and not since:
        return  # It was over before anybody was warned.
    number = earlier[-1]["number"] + 1 if earlier else 1
    made = Issue(
        identifier=_identifier(config, subscription, group.subject, number, sent),
        msg_type=_type_of(bool(since), over=told["over"]),
        sent=sent,
        references=[
            f"{config.sender},{one['identifier']},{cap_time(one['sent'])}"
            for one in since[-_MOST_REFERENCES:]
        ],
        mode=group.mode,
        note=f"goes on as {group.successor}" if group.successor else "",
    )
    area = area_of(connection, [alert["id"] for alert in told["alerts"]])
    values = made._asdict() | {
        "subject": group.subject,
        "number": number,
        "subscription": subscription,
        "title_zh": told["title_zh"],
        "title_en": told["title_en"],
        "reference": " ".join(made.references),
        "expires": expires(config, sent),
        "document": build(config, made, told, area),
    }
    connection.execute(_WRITE, values)


def _chain(earlier: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages since the last end: what came back begins anew."""
    ends = [index for index, one in enumerate(earlier) if one["msg_type"] == "Cancel"]
    return earlier[ends[-1] + 1 :] if ends else earlier


def _type_of(has_earlier: bool, *, over: bool) -> MsgType:  # noqa: FBT001 - reads well
    if over:
        return "Cancel"
    return "Update" if has_earlier else "Alert"


def _identifier(
    config: CapConfig, subscription: int, subject: str, number: int, sent: datetime
) -> str:
    """Return an identifier; its time keeps it apart from those of a store made anew."""
    name = subject.replace(":", "-")
    return f"{config.prefix}-{sent:%Y%m%d%H%M%S}-{name}-{subscription}.{number}"
