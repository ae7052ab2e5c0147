"""``twin readings``: readings handed in from files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.printing import print_json, say
from twin.model import Mode

if TYPE_CHECKING:  # commands load only what they need
    from twin.api.readings_upload import UploadReport

app = typer.Typer(help="Readings handed in from files.", no_args_is_help=True)

_SHOWN = 20
_MOST_REASON_CHARS = 200


@app.callback()
def _readings() -> None:
    """Readings handed in from files."""


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="CSV of history, also packed with gzip.")],
    *,
    mode: Annotated[Mode, typer.Option(help="What its rows count as.")] = Mode.BACKFILL,
    revise: Annotated[
        str | None, typer.Option(help="The reason why its values replace what stands.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hand a file of history in; exit code 1 if a row could not be taken.

    Example: twin readings upload levels_2025.csv.gz
    """
    from twin.api.readings_upload import Wish  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.app.actor import command_line_actor  # noqa: PLC0415
    from twin.app.handing_in import hand_in_file  # noqa: PLC0415

    if revise is not None and not (revise.strip() and len(revise) <= _MOST_REASON_CHARS):
        say(f"twin: --revise: expected the reason in 1 to {_MOST_REASON_CHARS} characters")
        raise typer.Exit(2)
    wish = Wish(mode, command_line_actor(), revise)
    report = hand_in_file(app_settings.load(), file, wish, _tell)
    if as_json:
        print_json(report.model_dump())
    else:
        _sum_up(report)
    raise typer.Exit(1 if report.error or report.refused else 0)


def _tell(report: "UploadReport") -> None:
    if report.rows and not report.done:
        say(_counted(report))


def _sum_up(report: "UploadReport") -> None:
    for fault in report.faults[:_SHOWN]:
        say(f"line {fault.line}: {fault.sentence}")
    if report.error:
        say(f"twin: {report.error}")
    say(_counted(report))


def _counted(report: "UploadReport") -> str:
    return (
        f"{report.rows:,} rows read, {report.stored:,} stored, {report.known:,} known,"
        f" {report.refused:,} refused"
    )
