"""Who may act: accounts of people and keys of programs, both kept only as hashes."""

from sqlalchemy import BigInteger, Column, Identity, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA

from data.tables.schema import instant, metadata, one_of

_ROLES = ("viewer", "operator", "administrator")

account = Table(
    "account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    instant("created_at", server_default=text("now()")),
    one_of("role", _ROLES),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # SHA-256 is enough here: the key is 256 random bits, not a word that can be guessed.
    Column("key_digest", BYTEA, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    instant("created_at", server_default=text("now()")),
    instant("revoked_at", nullable=True),
    one_of("role", _ROLES),
)
