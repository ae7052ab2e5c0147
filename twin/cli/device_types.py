"""``twin device-types``: the types of devices that the district knows, and checks of new ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from data.device_types import DeviceTypes

app = typer.Typer(help="Types of devices.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_types(*, as_json: JsonOption = False) -> None:
    """List the types that are shipped and those of the state folder.

    Example: twin device-types list
    """
    rows = [
        {"id": name} | kind.model_dump(include={"protocol", "maker", "model", "name_en", "name_zh"})
        for name, kind in sorted(_types().items())
    ]
    tell_all(rows, ("id", "protocol", "name_zh", "name_en"), as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Id of the type.")], *, as_json: JsonOption = False
) -> None:
    """Show one type: what its devices say and which commands they take.

    Example: twin device-types show hj212-air-station
    """
    types = _types()
    if name not in types:
        say(f"twin: device type {name!r}: expected one of {', '.join(sorted(types))}")
        raise typer.Exit(2)
    told = types[name].model_dump(exclude_unset=True)
    if as_json:
        print_json({"id": name} | told)
        return
    quantities, commands = told.pop("quantities", {}), told.pop("commands", {})
    for field, value in told.items():
        typer.echo(f"{field:18} {_shown(value)}")
    for native, meaning in quantities.items():
        said = ", ".join(f"{field} {_shown(value)}" for field, value in meaning.items())
        typer.echo(f"{'says':18} {native}: {said}")
    for command in commands:
        typer.echo(f"{'takes':18} {command}")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="TOML files, named after their types.")],
) -> None:
    """Check files of device types, their commands too; each mistake is a sentence, exit code 1.

    Example: twin device-types check our-pump.toml
    """
    from data.commands.checking import command_mistakes  # noqa: PLC0415 - read only when asked
    from data.device_types import read_type_files  # noqa: PLC0415
    from data.reference.device_types import DeviceTypeError  # noqa: PLC0415

    try:
        found = read_type_files(files)
    except DeviceTypeError as error:
        mistakes = list(error.mistakes)
    else:
        mistakes = [one for kind in found.items() for one in command_mistakes(*kind)]
    for mistake in mistakes:
        say(mistake)
    if mistakes:
        raise typer.Exit(1)
    say(f"{', '.join(found)}: no mistakes")


def _types() -> "DeviceTypes":
    from data.device_types import load_types  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    return load_types(app_settings.state_folder() / "device_types")


def _shown(value: Any) -> str:  # noqa: ANN401 - a field of the file
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
