"""``twin rules``: rule files checked, listed and tried over what is stored."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:
    from alerts.rules import ReadRule, RuleSet

app = typer.Typer(help="Rules that raise alerts.", no_args_is_help=True)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files; the shipped ones if none.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_LIST = ("rule", "version", "kind", "domain", "standing", "title_zh", "title_en")
_ALERTS = ("from", "to", "level", "rule", "entity")
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_MONTH = timedelta(days=30)


class JudgedMode(StrEnum):
    """The modes whose readings rules judge."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    REPLAY = "replay"


@app.command()
def check(files: FilesArgument = None, *, as_json: JsonOption = False) -> None:
    """Check rule files, the examples that stand in them included; exit code 1 at a mistake.

    Example: twin rules check my-rules.toml
    """
    from alerts.rule_files import rules_from, shipped_rules  # noqa: PLC0415 - read when asked
    from alerts.rules import RuleFileError  # noqa: PLC0415

    rules: RuleSet = ()
    mistakes: tuple[str, ...] = ()
    try:
        rules = rules_from(files) if files else shipped_rules()
    except RuleFileError as error:
        mistakes = error.mistakes
    if as_json:
        print_json({"rules": [read.rule.id for read in rules], "mistakes": list(mistakes)})
    else:
        for mistake in mistakes:
            say(mistake)
        if not mistakes:
            say(f"{len(rules)} rules, no mistakes")
    if mistakes:
        raise typer.Exit(1)


@app.command("list")
def list_rules(files: FilesArgument = None, *, as_json: JsonOption = False) -> None:
    """List rules.

    Example: twin rules list
    """
    from twin.app.backtesting import chosen_rules  # noqa: PLC0415

    rows = [_row(read) for read in chosen_rules(files or [], [])]
    tell_all(rows, _LIST, as_json=as_json)


@app.command()
def backtest(
    files: FilesArgument = None,
    *,
    rule: Annotated[
        list[str] | None, typer.Option(help="Only this rule; may be said several times.")
    ] = None,
    begin: Annotated[
        datetime | None,
        typer.Option("--from", formats=_TIMES, help="Begin; 30 days before the end if absent."),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_TIMES, help="End; now if absent.")
    ] = None,
    mode: Annotated[JudgedMode, typer.Option(help="Whose readings.")] = JudgedMode.ACTUAL,
    as_json: JsonOption = False,
) -> None:
    """Say which alerts rules with limits would have raised over what is stored; raises none.

    Example: twin rules backtest --rule rainstorm-3h --from 2026-05-01 --to 2026-06-01
    """
    from twin.app import backtesting  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.model import Mode  # noqa: PLC0415

    rules = backtesting.chosen_rules(files or [], rule or [])
    last = _aware(end) if end else datetime.now(UTC)
    span = backtesting.Span(_aware(begin) if begin else last - _MONTH, last, Mode(mode))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("judging series", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        tried = backtesting.backtest(app_settings.load().store_url, rules, span, tell)
    found = backtesting.document(tried)
    if as_json:
        print_json(found)
        return
    tell_all(found["alerts"], _ALERTS, as_json=False)
    told = found["figures"]
    say(
        f"{told['alerts']} alerts over {tried.readings:,} readings of {tried.series:,} series; "
        f"{told['standing']} stood at the end, {told['chattering']} began within ten minutes "
        "after one of the same rule and thing"
    )


def _row(read: "ReadRule") -> dict[str, Any]:
    rule = read.rule
    return {
        "rule": rule.id,
        "version": rule.version,
        "kind": rule.kind,
        "domain": rule.domain,
        "standing": rule.standing,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "source": rule.source,
        "file": read.origin,
    }


def _aware(told: datetime) -> datetime:
    """Return a time as the city's where it has no offset."""
    from twin.app.registry import LOCAL  # noqa: PLC0415

    return told if told.tzinfo else told.replace(tzinfo=LOCAL)
