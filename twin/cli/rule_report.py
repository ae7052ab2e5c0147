"""``twin rules report``: the alerts of a period as a page with plots."""

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.alerts import ModeOption, OperatorsOption
from twin.cli.printing import say
from twin.cli.rule_backtest import BeginOption, EndOption, JudgedMode, span_of


def report(
    *,
    begin: BeginOption = None,
    end: EndOption = None,
    mode: ModeOption = JudgedMode.ACTUAL,
    operators: OperatorsOption = 1,
    out: Annotated[Path, typer.Option(help="HTML file; .csv and .json as such.")] = Path(
        "report.html"
    ),
) -> None:
    """Write what stored alerts asked of people: load, floods, chattering, what stood on, the list.

    Example: twin rules report --from 2026-05-01 --to 2026-06-01 --out report.html
    """
    from twin.app import settings as app_settings  # noqa: PLC0415 - loads what it needs
    from twin.app.alert_reports import read_past, written_past  # noqa: PLC0415

    past = read_past(app_settings.load().store_url, span_of(begin, end, mode), operators)
    out.write_text(written_past(past, out.suffix), encoding="utf-8", newline="")
    say(f"written: {out}")
