"""``twin alerts``: alerts as people and programs look at them, and the load that they are."""

from typing import Annotated

import typer

from twin.cli import alert_desk, alert_status
from twin.cli.printing import print_json, say
from twin.cli.rule_backtest import BeginOption, EndOption, JudgedMode, span_of

app = typer.Typer(help="Alerts, and what people made of them.", no_args_is_help=True)
app.command("list")(alert_desk.list_alerts)
app.command()(alert_desk.show)
app.command()(alert_desk.precision)
app.command()(alert_status.status)

ModeOption = Annotated[JudgedMode, typer.Option(help="Whose alerts.")]
OperatorsOption = Annotated[int, typer.Option(min=1, help="Among how many people they are.")]


@app.command()
def load(
    *,
    begin: BeginOption = None,
    end: EndOption = None,
    mode: ModeOption = JudgedMode.ACTUAL,
    operators: OperatorsOption = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many alerts people had to look at; what was quiet is counted apart.

    Example: twin alerts load --from 2026-05-01 --to 2026-06-01 --operators 3
    """
    from twin.app import settings as app_settings  # noqa: PLC0415 - loads what it needs
    from twin.app.alert_reports import read_past  # noqa: PLC0415

    past = read_past(app_settings.load().store_url, span_of(begin, end, mode), operators)
    told = past.document
    if as_json:
        print_json(told)
        return
    say(
        f"{told['alerts']} alerts, {told['quiet']} more were quiet; {told['average']:.2f} per "
        f"operator and ten minutes, {told['peak']:g} at most; {len(told['floods'])} floods, "
        f"{len(told['chatter'])} chattering"
    )
