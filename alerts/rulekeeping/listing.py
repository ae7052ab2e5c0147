"""Rules as people look at them: a list, one with its history, one version."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import dict_row

from alerts.rulebook import understood
from alerts.rulekeeping.saving import UnknownRuleError
from alerts.rulekeeping.versions import Connection

Row = dict[str, Any]

_COUNT: LiteralString = """
SELECT count(*) FROM alert a
WHERE a.rule = r.rule AND a.found_by = 'rule' AND a.state NOT IN ('cleared', 'closed')
"""
_SELECT: LiteralString = f"""
SELECT r.rule AS id, r.version, r.in_force, r.actor, r.changed_at, v.body, v.origin, v.digest,
       v.saved, coalesce(c.reason, '') AS reason, ({_COUNT}) AS open_alerts
FROM rule r JOIN rule_version v USING (rule, version)
LEFT JOIN LATERAL (
    SELECT c.reason FROM rule_change c WHERE c.rule = r.rule ORDER BY c.id DESC LIMIT 1
) c ON true
"""  # noqa: S608 -- the statement above
_CONDITIONS: Mapping[str, LiteralString] = {
    "domain": "v.body ->> 'domain' = %(domain)s",
    "field": "v.body ->> 'field' = %(field)s",
    "kind": "v.body ->> 'kind' = %(kind)s",
    "in_force": "r.in_force = %(in_force)s",
    "text": """(position(lower(%(text)s) IN lower(concat_ws(' ', r.rule, v.body ->> 'title_zh',
        v.body ->> 'title_en', v.body ->> 'source'))) > 0)""",
    "after": "r.rule > %(after)s",
}
_VERSIONS: LiteralString = """
SELECT v.version, v.saved, v.origin, v.recorded_at, c.actor, c.reason, c.address
FROM rule_version v LEFT JOIN LATERAL (
    SELECT * FROM rule_change c
    WHERE c.rule = v.rule AND c.version = v.version AND c.action IN ('saved', 'shipped')
    ORDER BY c.id LIMIT 1
) c ON true
WHERE v.rule = %s ORDER BY v.version DESC
"""
_CHANGES: LiteralString = """
SELECT action, version, actor, reason, address, at FROM rule_change
WHERE rule = %s ORDER BY id DESC LIMIT 1000
"""
_VERSION: LiteralString = """
SELECT v.rule AS id, v.version, v.saved, v.origin, v.digest, v.body, v.recorded_at,
       r.version = v.version AND r.in_force AS in_force
FROM rule_version v JOIN rule r USING (rule) WHERE v.rule = %s AND v.version = %s
"""


class RuleFilters(NamedTuple):
    """Which rules; None for any.

    Attributes:
        domain: a row of ``alert_domains.csv``.
        field: a row of ``rule_fields.csv``.
        kind: of rule.
        in_force: whether it judges, or somebody has withdrawn it.
        text: in its id, its titles or its source, whatever the case.
    """

    domain: str | None = None
    field: str | None = None
    kind: str | None = None
    in_force: bool | None = None
    text: str | None = None


class Page(NamedTuple):
    """After which id a part of a list begins, and how long it is."""

    most: int
    after: str | None = None


def list_rules(connection: Connection, filters: RuleFilters, page: Page) -> list[Row]:
    """Return rules in the order of their ids, each as ``rule_document`` gives it."""
    told = filters._asdict() | {"after": page.after}
    wanted = {name: value for name, value in told.items() if value is not None}
    conditions = [_CONDITIONS[name] for name in wanted]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"{_SELECT}{where} ORDER BY r.rule LIMIT %(most)s"
    return [_document(row) for row in _rows(connection, query, wanted | {"most": page.most})]


def read_rule(connection: Connection, rule: str) -> Row:
    """Return a rule with its versions, the newest first, and what was done to it.

    Raises:
        UnknownRuleError: nobody knows it.
    """
    found = _rows(connection, f"{_SELECT} WHERE r.rule = %(rule)s", {"rule": rule})
    if not found:
        raise UnknownRuleError(f"rule {rule[:100]!r}: expected one of the list of rules")
    versions = _rows(connection, _VERSIONS, [rule])
    return _document(found[0]) | {
        "versions": [row | {"origin": _origin(row), "file": _file(row)} for row in versions],
        "changes": _rows(connection, _CHANGES, [rule]),
    }


def read_version(connection: Connection, rule: str, version: int) -> Row:
    """Return a version of a rule.

    Raises:
        UnknownRuleError: there is none.
    """
    found = _rows(connection, _VERSION, [rule, version])
    if not found:
        raise UnknownRuleError(f"rule {rule[:100]!r} version {version}: expected one of its list")
    (row,) = found
    return row | {"origin": _origin(row), "file": _file(row)} | _body(row)


def _rows(
    connection: Connection, query: str, values: Mapping[str, object] | Sequence[object]
) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def _document(row: Row) -> Row:
    told = _body(row)
    body = told["body"]
    heads = ("kind", "domain", "field", "entity_classes", "title_zh", "title_en", "source")
    return {
        "id": row["id"],
        "version": row["version"],
        "state": "in force" if row["in_force"] else "withdrawn",
        **{name: body.get(name) for name in (*heads, "standing")},
        "origin": _origin(row),
        "file": _file(row),
        "changed_by": row["actor"],
        "changed_at": row["changed_at"],
        "reason": row["reason"],
        "open_alerts": row["open_alerts"],
        **told,
    }


def _body(row: Row) -> Row:
    """Return a stored body as a rule file has it, and why it cannot be read any more."""
    found = understood(row["id"], row["body"], row["origin"], row["digest"])
    if found.read is None:
        return {"body": row["body"], "fault": found.fault}
    body = found.read.rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"body": body, "fault": None}


def _origin(row: Row) -> str:
    return "saved" if row["saved"] else "shipped"


def _file(row: Row) -> str | None:
    return None if row["saved"] else row["origin"]
