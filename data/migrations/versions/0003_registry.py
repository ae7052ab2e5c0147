"""The register keeps places, authorities, conflicts and serials; former states stand apart."""

from contextlib import closing
from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns; places and serials of what stands are derived at once."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(statements)
