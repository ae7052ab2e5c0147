"""``twin code issue``: codes for what is not in the register yet."""

from typing import Annotated

import typer

from twin.cli.printing import print_json, say


def issue(
    *,
    klass: Annotated[str, typer.Option("--class", help="Four digits of the class.")],
    county: Annotated[str, typer.Option(help="Six digits of the county (GB/T 2260).")],
    count: Annotated[int, typer.Option(help="How many.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give out codes that nothing has had; they are never given again, used or not.

    Example: twin code issue --class 0103 --county 440311 --count 20
    """
    from twin.app import settings as app_settings  # noqa: PLC0415 - only this command needs them
    from twin.app.registering import give_out  # noqa: PLC0415
    from twin.codes import EntityCode  # noqa: PLC0415

    issued = give_out(app_settings.load(), county, klass, count)
    codes = [EntityCode.from_int(code) for code in issued.codes]
    if issued.warning:
        say(f"twin: {issued.warning}")
    if as_json:
        listed = [{"code": str(code), "printed": code.printed()} for code in codes]
        print_json({"codes": listed, "warning": issued.warning or None})
    else:
        for code in codes:
            typer.echo(f"{code}  {code.printed()}")
