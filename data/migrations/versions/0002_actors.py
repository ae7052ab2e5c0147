"""Who acts: six roles, keys that end and are limited, locks after failures, and the actor log."""

from contextlib import closing
from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen accounts and keys, and make the tables of failed sign-ins and of who did what."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(statements)
