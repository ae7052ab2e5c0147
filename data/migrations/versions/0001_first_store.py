"""The store's first form: register, measurements, intake, alerts and people."""

from contextlib import closing
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table and hypertable, and the one row of the register's state."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver's own cursor: without parameters it takes many statements and leaves % alone.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(statements)
        cursor.execute("INSERT INTO registry_state (id, revision, rule_revision) VALUES (1, 0, 0)")
