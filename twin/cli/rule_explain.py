"""``twin rules explain``: why a rule did or did not raise at a thing."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.printing import print_json
from twin.cli.rule_backtest import TIMES, JudgedMode

if TYPE_CHECKING:
    from alerts.explanation.documents import ConditionTold, Explanation, SeriesTold


def explain(
    rule: Annotated[str, typer.Argument(help="Id of the rule.", show_default=False)],
    entity: Annotated[str, typer.Argument(help="Code of the thing.", show_default=False)],
    *,
    at: Annotated[datetime | None, typer.Option(formats=TIMES, help="When; now if absent.")] = None,
    mode: Annotated[JudgedMode, typer.Option(help="Whose readings.")] = JudgedMode.ACTUAL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a rule did or did not raise at a thing; nothing is written.

    Example: twin rules explain river-level 440311-8202-000001-8 --at 2026-05-21T12:00:00
    """
    from twin.app import rule_desk  # noqa: PLC0415 - loads what it needs
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.model import Mode  # noqa: PLC0415

    store_url = app_settings.load().store_url
    found = rule_desk.explained(store_url, (rule, entity), at, Mode(mode))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: "Explanation") -> Iterator[str]:
    level = f" {found.level}" if found.level else ""
    yield f"{found.rule}@{found.version} at {found.entity} {found.entity_name}, {_time(found.at)}"
    yield f"{found.answer}{level}: {found.sentence}"
    for gap in found.missing:
        yield f"  missing: {gap}"
    if found.not_measured:
        yield f"  not measured there: {', '.join(found.not_measured)}"
    for series in found.series:
        yield from _series(series)
    for condition in found.conditions:
        yield from _condition(condition)
    if found.device is not None:
        yield f"  device {found.device.device}: {found.device.sentence}"
    for event in found.events:
        yield f"  {_time(event.ts)} {event.topic} of {event.camera}: {event.verdict}"
    for interval in found.intervals:
        end = "stands" if interval.end is None else f"until {_time(interval.end)}"
        revised = ", revised" if interval.revised_at else ""
        yield f"  {interval.level} from {_time(interval.begin)}, {end}{revised} ({interval.key})"
    if found.alert is not None:
        yield f"  alert {found.alert.id}: {found.alert.state}, {found.alert.reason}"


def _series(series: "SeriesTold") -> Iterator[str]:
    called = f"{series.quantity} {series.statistic} {series.channel}".rstrip()
    yield f"  series {series.series}: {called}"
    for why in series.refusals:
        yield f"    not judged: {why}" if not series.judged else f"    {why}"
    for part in series.parts:
        for limit in part.limits:
            own = f" [{limit.own}]" if limit.own else ""
            yield f"    {limit.sentence}{own}"
    for reading in series.newest:
        checks = f" ({', '.join(reading.checks)})" if reading.checks else ""
        yield f"    {_time(reading.ts)}  {reading.value:g}  {reading.grade}{checks}"


def _condition(condition: "ConditionTold") -> Iterator[str]:
    yield f"  condition {condition.sentence}"
    for thing in condition.things:
        yield f"   {thing.holds}: {thing.entity} {thing.name}"
        for series in thing.series:
            for line in _series(series):
                yield f"   {line}"


def _time(instant: datetime) -> str:
    return instant.astimezone().isoformat(timespec="seconds")
