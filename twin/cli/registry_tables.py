"""How ``twin registry`` tells what it found: documents for programs, lines for people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.cells import cell_len

if TYPE_CHECKING:  # commands load only what they need
    from data.registry.health import Coverage, Measure, Result
    from data.registry.history import Difference, Version
    from twin.app.registry import Moment, Past
    from twin.codes import EntityCode

_SHOWN_CHARS = 120


def tell_health(results: "Sequence[Result]") -> None:
    """Print a line for each check, and under it the examples and the remedy."""
    for result in results:
        check = result.check
        severity = check.severity if result.total else "ok"
        typer.echo(f"{severity:8} {result.total:>9,}  {check.id}: {check.finds_en}")
        for example in result.examples:
            found = example.as_dict()
            named = [found["printed"] or "", found["name"], found["sentence"]]
            typer.echo(" " * 20 + "  ".join(filter(None, named)))
        if result.total:
            typer.echo(" " * 20 + f"-> {check.remedy}")


def tell_coverage(found: "Sequence[Coverage]") -> None:
    """Print a table: of one group a line for each measure, of several a line for each group."""
    measures = found[0].measures
    if len(found) == 1:
        counts = ((f"{m.of:,}", f"{m.have:,}", _share(m), f"{m.missing:,}") for m in measures)
        lines = [(m.id, *told) for m, told in zip(measures, counts, strict=True)]
        _table([("measure", "should", "have", "share", "missing"), *lines], texts=1)
    else:
        head = ("group", "name", "entities", *(measure.id for measure in measures))
        _table([head, *map(_group, found)], texts=2)


def past_document(entity: "EntityCode", past: "Past") -> dict[str, Any]:
    """Return what became of an entity."""
    return {
        "code": str(entity),
        "printed": entity.printed(),
        "name": past.name,
        "retired": past.retired,
        "successors": [str(code) for code in past.successors],
        "versions": [_version(version) for version in past.versions],
    }


def tell_past(document: Mapping[str, Any]) -> None:
    """Print an entity's changes, oldest first."""
    state = "retired" if document["retired"] else "in the register"
    typer.echo(f"{document['printed']}  {document['name']}  {state}".rstrip())
    if document["successors"]:
        typer.echo(f"its code leads to {', '.join(document['successors'])}")
    for version in document["versions"]:
        typer.echo(_headline(version))
        _tell_changes(version["changes"])


def state_document(
    entity: "EntityCode", instant: datetime, state: dict[str, Any] | None
) -> dict[str, Any]:
    """Return an entity as it was at an instant; ``state`` is None if it was not there yet."""
    return {
        "code": str(entity),
        "printed": entity.printed(),
        "as_of": instant,
        "state": state,
    }


def tell_state(document: Mapping[str, Any]) -> None:
    """Print an entity as it was."""
    typer.echo(f"{document['printed']}  as of {_shown(document['as_of'])}")
    state = document["state"]
    if state is None:
        typer.echo("    not in the register yet")
        return
    fields = {name: value for name, value in state.items() if name != "properties"}
    for name, value in (fields | dict(state["properties"])).items():
        if value not in (None, "") and value is not False:
            typer.echo(f"    {name:20} {_shown(value)}")


def difference_document(
    before: "Moment", after: "Moment", found: "Iterable[Difference]"
) -> dict[str, Any]:
    """Return what is otherwise at the later moment."""
    entities = [_difference(one) for one in found]
    kinds = [one["kind"] for one in entities]
    return {
        "from": before._asdict(),
        "to": after._asdict(),
        "counts": {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
        "entities": entities,
    }


def tell_difference(document: Mapping[str, Any]) -> None:
    """Print a line for each entity; of a new one its name is enough."""
    start, end = (_moment(document[side]) for side in ("from", "to"))
    counts = ", ".join(f"{count:,} {kind}" for kind, count in document["counts"].items())
    typer.echo(f"from {start} to {end}: {counts or 'no difference'}")
    for one in document["entities"]:
        typer.echo(f"{one['printed']}  {one['kind']:10}  {one['name']}".rstrip())
        if one["kind"] != "created":
            _tell_changes(one["changes"])


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document as JSON can hold it: instants as RFC 3339 in UTC+8."""
    if isinstance(value, datetime):
        return _local(value).isoformat()
    if isinstance(value, Mapping):
        return {name: plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    return value


def _version(version: "Version") -> dict[str, Any]:
    return version._asdict() | {"changes": _changes(version.changes)}


def _difference(one: "Difference") -> dict[str, Any]:
    from twin.codes import EntityCode  # noqa: PLC0415

    code = EntityCode.from_int(one.code)
    written = {"code": str(code), "printed": code.printed()}
    return written | {"name": one.name, "kind": one.kind, "changes": _changes(one.changes)}


def _changes(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: {"before": old, "after": new} for name, (old, new) in changes.items()}


def _headline(version: Mapping[str, Any]) -> str:
    from_file = " ".join(filter(None, (version["model"], version["file"])))
    said = f"{version['actor']}: {version['reason']} (source {version['source']})"
    when = _shown(version["recorded_at"])
    return f"{when}  change set {version['change_set']}  {said}  {from_file}".rstrip()


def _tell_changes(changes: Mapping[str, Mapping[str, Any]]) -> None:
    width = max(map(cell_len, changes), default=0)
    for name, change in changes.items():
        before, after = _shown(change["before"]), _shown(change["after"])
        typer.echo(f"    {name}{_blanks(name, width)}  {before} -> {after}")


def _moment(moment: Mapping[str, Any]) -> str:
    when = f" ({_shown(moment['recorded_at'])})" if moment["recorded_at"] else ""
    return f"change set {moment['change_set']}{when}"


def _share(measure: "Measure") -> str:
    # Cut, not rounded: what lacks one in a hundred thousand is not complete.
    share = measure.share
    return "-" if share is None else f"{int(share * 1000) / 10:.1f} %"


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return _local(value).strftime("%Y-%m-%d %H:%M:%S +08:00")
    if value is None or value in ("", []):
        return "-"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _local(value: datetime) -> datetime:
    from twin.app.registry import LOCAL  # noqa: PLC0415

    return value.astimezone(LOCAL)


def _group(group: "Coverage") -> tuple[str, ...]:
    called = "all" if group.group is None else group.group or "none"
    return called, group.name, f"{group.entities:,}", *map(_share, group.measures)


def _table(lines: Sequence[Sequence[str]], texts: int) -> None:
    """Print columns as wide as their widest cell; after the first ``texts`` stand numbers."""
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [
            cell + _blanks(cell, width) if at < texts else _blanks(cell, width) + cell
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        typer.echo("  ".join(padded).rstrip())


def _blanks(cell: str, width: int) -> str:
    return " " * (width - cell_len(cell))
