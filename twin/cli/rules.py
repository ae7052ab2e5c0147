"""``twin rules``: rule files checked, listed and tried over what is stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say
from twin.cli.rule_backtest import backtest
from twin.cli.rule_coverage import coverage
from twin.cli.rule_report import report

if TYPE_CHECKING:
    from alerts.rules import ReadRule, RuleSet

app = typer.Typer(help="Rules that raise alerts.", no_args_is_help=True)

app.command()(backtest)
app.command()(report)
app.command()(coverage)

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files; the shipped ones if none.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

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
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page docs/rule-set.md.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List rules.

    Example: twin rules list
    """
    from alerts.rule_page import as_markdown  # noqa: PLC0415
    from twin.app.backtesting import chosen_rules  # noqa: PLC0415

    rules = chosen_rules(files or [], [])
    if markdown:
        typer.echo(as_markdown(read.rule for read in rules), nl=False)
        return
    rows = [_row(read) for read in rules]
    tell_all(rows, _LIST, as_json=as_json)


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
