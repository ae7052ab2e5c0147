"""Who may act, both kept only as hashes: accounts of people and keys of programs; who did what."""

from sqlalchemy import DDL, BigInteger, Boolean, Column, Identity, Integer, Table, Text, event, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from data.tables.schema import instant, metadata, one_of

_ROLES = ("viewer", "operator", "dispatcher", "field", "steward", "administrator")

account = Table(
    "account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    instant("created_at", server_default=text("now()")),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
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
    Column("prefix", Text, nullable=False, server_default=text("''")),
    # Empty means everything that the role may.
    Column("scopes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    instant("expires_at", nullable=True),
    Column("created_by", Text, nullable=False, server_default=text("''")),
    instant("last_used_at", nullable=True),
    one_of("role", _ROLES),
)

# By what was typed and not by account: a name that nobody has must be locked like any other, or
# the lock would tell who exists. As a digest, for people type their password into the wrong field.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name_digest", BYTEA, primary_key=True),
    Column("failures", Integer, nullable=False),
    instant("last_at", index=True),
    instant("locked_until", nullable=True),
)

actor_log = Table(
    "actor_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    instant("at", server_default=text("now()")),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
)

_REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING MESSAGE = 'table ' || TG_TABLE_NAME || ' is only ever added to',
            ERRCODE = 'restrict_violation';
    END $$"""
_GUARD = """
    CREATE TRIGGER actor_log_is_only_added_to BEFORE UPDATE OR DELETE ON actor_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change()"""

for _statement in (_REFUSE_CHANGE, _GUARD):
    event.listen(actor_log, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
