"""``twin rules``: rule files checked, listed and tried over what is stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say
from twin.cli.rule_backtest import backtest
from twin.cli.rule_coverage import coverage
from twin.cli.rule_desk import restore, save, show, withdraw
from twin.cli.rule_explain import explain
from twin.cli.rule_report import report

if TYPE_CHECKING:
    from alerts.rules import ReadRule, RuleSet

app = typer.Typer(help="Rules that raise alerts.", no_args_is_help=True)

app.command()(backtest)
app.command()(report)
app.command()(coverage)
app.command()(show)
app.command()(save)
app.command()(withdraw)
app.command()(restore)
app.command()(explain)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files; the shipped ones if none.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_STORED = ("id", "version", "state", "origin", "kind", "domain", "open_alerts", "title_zh")
_LIST = ("rule", "version", "kind", "domain", "field", "standing", "title_zh", "title_en")


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
def list_rules(
    files: FilesArgument = None,
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="List what ships, not what the store has.")
    ] = False,
    domain: Annotated[str | None, typer.Option(help="Of the store: e.g. flood.")] = None,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="Of the store: those that are withdrawn.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page docs/rule-set.md.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the rules of the store, or those of files.

    Example: twin rules list --domain flood
    """
    if not (files or shipped or markdown):
        _list_stored(domain, withdrawn=withdrawn, as_json=as_json)
        return
    from alerts.rule_page import as_markdown  # noqa: PLC0415
    from twin.app.backtesting import chosen_rules  # noqa: PLC0415

    rules = chosen_rules(files or [], [])
    if markdown:
        typer.echo(as_markdown(read.rule for read in rules), nl=False)
        return
    rows = [_row(read) for read in rules]
    tell_all(rows, _LIST, as_json=as_json)


def _list_stored(domain: str | None, *, withdrawn: bool, as_json: bool) -> None:
    from alerts.rulekeeping.listing import RuleFilters  # noqa: PLC0415
    from twin.app import rule_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    filters = RuleFilters(domain=domain, in_force=False if withdrawn else None)
    rows = rule_desk.listed(app_settings.load().store_url, filters)
    tell_all(rows, _STORED, as_json=as_json)
    for row in rows:
        if row["fault"] and not as_json:
            say(f"rule {row['id']!r} cannot be read any more: {row['fault']}")


def _row(read: "ReadRule") -> dict[str, Any]:
    rule = read.rule
    return {
        "rule": rule.id,
        "version": rule.version,
        "kind": rule.kind,
        "domain": rule.domain,
        "field": rule.field,
        "standing": rule.standing,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "source": rule.source,
        "file": read.origin,
    }
