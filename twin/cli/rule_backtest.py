"""``twin rules backtest``: rules tried over what is stored, or over a recording."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:
    from twin.app.backtesting import Span
    from twin.app.rule_trials import Asked

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_ALERTS = ("from", "to", "level", "rule", "entity", "again", "beside")


class JudgedMode(StrEnum):
    """The modes whose readings rules judge."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    REPLAY = "replay"


FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files; the shipped ones if none.", show_default=False),
]
BeginOption = Annotated[
    datetime | None,
    typer.Option("--from", formats=TIMES, help="Begin; 30 days before the end if absent."),
]
EndOption = Annotated[
    datetime | None, typer.Option("--to", formats=TIMES, help="End; now if absent.")
]


def _duration(text: str) -> str:
    """Return the microseconds of a length of time, as digits."""
    from alerts.rules.duration import parse_duration  # noqa: PLC0415

    return str(parse_duration(text))


def backtest(  # noqa: PLR0913 - each an option of the command
    files: FilesArgument = None,
    *,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule; may be said several times.")
    ] = None,
    begin: BeginOption = None,
    end: EndOption = None,
    mode: Annotated[JudgedMode, typer.Option(help="Whose readings.")] = JudgedMode.ACTUAL,
    against: Annotated[
        list[Path] | None, typer.Option(help="Rule file to compare with; may be said again.")
    ] = None,
    within: Annotated[
        str,
        typer.Option(parser=_duration, help="How soon after one of its kind one is a duplicate."),
    ] = "10min",
    readings: Annotated[
        list[Path] | None,
        typer.Option(help="CSV or Parquet to judge instead of the store; may be said again."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="ROLE=COLUMN: time, value, entity, quality, label or QUANTITY[@UNIT]."),
    ] = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE of all rows: quantity, class, zone, property.NAME."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="JSON or CSV of spans in which something was wrong.")
    ] = None,
    labelled: Annotated[str, typer.Option(help="Whose labels, where the file has several.")] = "",
    margin: Annotated[
        str,
        typer.Option(parser=_duration, help="How far beside a label an alert counts for it."),
    ] = "0s",
    out: Annotated[
        Path | None, typer.Option(help="Write an HTML page with plots; .csv and .json as such.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which alerts rules would have raised over what is stored or recorded; raises none.

    Example: twin rules backtest --rule rainstorm-3h --from 2026-05-01 --to 2026-06-01
    Example: twin rules backtest mine.toml --readings gauge.csv --fixed quantity=level
    """
    from twin.app.rule_trials import Asked, Recorded  # noqa: PLC0415 - loads what it needs
    from twin.model import Mode  # noqa: PLC0415

    recorded = Recorded(readings or [], column or [], fixed or [], labels, labelled, int(margin))
    sets = (files or [], rule or [], against or [])
    asked = Asked(*sets, begin, end, Mode(mode), int(within), recorded)
    _tell(asked, out, as_json=as_json)


def _tell(asked: "Asked", out: Path | None, *, as_json: bool) -> None:
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.alert_reports import written_trial  # noqa: PLC0415
    from twin.app.rule_trials import run_trial, trial_document  # noqa: PLC0415

    url = "" if asked.recorded.files else app_settings.load().store_url
    with watched() as tell:
        trial = run_trial(asked, url, tell)
    if out is not None:
        out.write_text(written_trial(trial, out.suffix), encoding="utf-8", newline="")
        say(f"written: {out}")
    found = trial_document(trial)
    if as_json:
        print_json(found)
    elif out is None:
        tell_all(found["alerts"], _ALERTS, as_json=False)
    if not as_json:
        for sentence in _sentences(found):
            say(sentence)


def _sentences(found: dict[str, Any]) -> Iterator[str]:
    told = found["figures"]
    yield (
        f"{told['alerts']} alerts over {found['readings']:,} readings of {found['series']:,} "
        f"series; {told['standing']} stood at the end, {told['again']} began soon after one of "
        f"the same rule and thing, {told['beside']} while another rule's stood at the same thing"
    )
    if found["not_tried"]:
        yield f"not tried: {', '.join(found['not_tried'])}"
    if compared := found.get("comparison"):
        yield (
            f"compared: {len(compared['both'])} in both, {len(compared['only_first'])} only in the "
            f"first, {len(compared['only_second'])} only in the second"
        )
    if detected := found.get("detection"):
        yield (
            f"labels: {detected['hits']} hit, {detected['misses']} missed, "
            f"{detected['false_alarms']} false alarms"
        )


@contextmanager
def watched() -> Iterator[Callable[[int, int], None]]:
    """Show how far the judging has come, where a person looks."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("judging series", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def span_of(begin: datetime | None, end: datetime | None, mode: JudgedMode) -> "Span":
    """Return the period that was asked for, 30 days up to now where it was not."""
    from twin.app.rule_trials import Asked, span_asked  # noqa: PLC0415
    from twin.model import Mode  # noqa: PLC0415

    return span_asked(Asked(begin=begin, end=end, mode=Mode(mode)))
