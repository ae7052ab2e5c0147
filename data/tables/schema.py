"""What all tables share: the metadata, the district's CRS and the column types."""

from geoalchemy2 import Geometry
from sqlalchemy import DDL, CheckConstraint, Column, MetaData, Table, event
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import UserDefinedType

SRID = 4547
"""EPSG code of the district's projected CRS: CGCS2000 / 3-degree Gauss-Kruger CM 114E."""

COORDINATE_DECIMALS = 4
"""Of metres, to which shapes are kept: another version of PROJ differs by less than 0.1 mm."""

MODES = ("actual", "exercise", "replay", "backfill")
LEVELS = ("blue", "yellow", "orange", "red")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8: which transaction wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_kw: object) -> str:
        """Return the name of the type."""
        return "xid8"


def instant(name: str, **options: object) -> Column[object]:
    """Return a column for an instant, with zone."""
    options.setdefault("nullable", False)
    return Column(name, TIMESTAMP(timezone=True), **options)  # type: ignore[arg-type]


def geometry(kind: str, srid: int) -> Geometry:
    """Return the type of a geometry column; its index is declared beside it."""
    return Geometry(kind, srid=srid, spatial_index=False)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the constraint that a text column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def hypertable(table: Table, column: str, chunk: str) -> None:
    """Declare that TimescaleDB cuts ``table`` into chunks by the time in ``column``."""
    statement = (
        f"SELECT create_hypertable('{table.name}', by_range('{column}', INTERVAL '{chunk}'),"
        " create_default_indexes => false)"
    )
    event.listen(table, "after_create", DDL(statement))  # type: ignore[no-untyped-call]
