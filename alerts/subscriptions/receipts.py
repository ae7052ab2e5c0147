"""What receivers answer: each with the token that came with their notice."""

from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from alerts.subscriptions.deliveries import UnknownDeliveryError
from alerts.subscriptions.signing import check_token

Connection = psycopg.Connection[tuple[Any, ...]]

Answer = Literal["received", "coming", "cannot come"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

_KEY = """
SELECT d.id, s.receipt_key FROM delivery d JOIN subscription s ON s.id = d.subscription_id
WHERE d.notice_id = %s
"""
_WRITE = """
INSERT INTO delivery_receipt (delivery_id, who, answer, note, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (delivery_id, who) DO UPDATE
SET answer = excluded.answer, note = excluded.note, at = excluded.at
"""
_READ = """
SELECT d.notice_id AS id, r.who, r.answer, r.note, r.at
FROM delivery_receipt r JOIN delivery d ON d.id = r.delivery_id
WHERE d.notice_id = ANY(%s) ORDER BY r.at, r.who
"""


class Receipt(NamedTuple):
    """What one receiver says; a later word of the same one takes the place of the earlier."""

    who: str
    answer: Answer
    note: str = ""


def take_receipt(
    connection: Connection, number: UUID, token: str, receipt: Receipt, now: datetime
) -> None:
    """Write down a receiver's answer to a notice.

    Raises:
        UnknownDeliveryError: no notice has this number.
        TokenError: the token is not the one that came with it, or too old.
    """
    row = connection.execute(_KEY, [number]).fetchone()
    if row is None:
        raise UnknownDeliveryError(f"delivery {str(number)!r}: expected the number of a notice")
    check_token(row[1], str(number), token, now)
    connection.execute(_WRITE, [row[0], receipt.who, receipt.answer, receipt.note, now])


def receipts_of(connection: Connection, numbers: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the answers to notices, in the order in which they came."""
    found: dict[UUID, list[dict[str, Any]]] = {number: [] for number in numbers}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_READ, [numbers]):
            found[row.pop("id")].append(row)
    return found
