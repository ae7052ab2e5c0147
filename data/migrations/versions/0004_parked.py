"""Parked messages are offered again: who wants it when, and whether the broker had kept them."""

from contextlib import closing
from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(statements)
