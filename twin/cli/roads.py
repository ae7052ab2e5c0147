"""``twin roads``: the roads as a network to drive on, flooded ones closed."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say
from twin.cli.shape_file import FormOption, GeojsonOption, OutOption, destination

if TYPE_CHECKING:  # commands load only what they need
    from collections.abc import Iterator

    from data.roads import Closure, Place
    from data.roads.building import Connection
    from twin.cli.shape_file import Destination

app = typer.Typer(help="The roads, and what rescuers reach on them.", no_args_is_help=True)

StationOption = Annotated[
    list[str] | None, typer.Option("--station", help="Code of a rescue station; repeatable.")
]
StationClassOption = Annotated[
    list[str] | None,
    typer.Option(
        "--station-class",
        help="All of a class; repeatable. 8704, rescue stations, if none is named.",
    ),
]
PlaceOption = Annotated[
    str | None, typer.Option("--place", help="Longitude,latitude in degrees (WGS 84).")
]
ClosedOption = Annotated[
    list[str] | None,
    typer.Option("--closed", help="Code of a further road or section that is closed; repeatable."),
]
DryOption = Annotated[
    bool, typer.Option("--dry", help="Leave roads open that have a flood alert (orange or red).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_REACHED = ("minutes", "edges", "length_m", "area_m2")
_COMING = ("code", "name", "travel_s", "distance_m", "seen_at", "stale")
_ABSENT = ("code", "name", "reason")


@app.command()
def build(
    *,
    anew: Annotated[bool, typer.Option("--anew", help="Even if no road changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the network of the register's roads, if any of them changed.

    Example: twin roads build
    """
    from data.roads import answers, ready  # noqa: PLC0415 - commands load only what they need

    with _store() as (connection, _crs):
        found = answers.network_document(ready(connection, anew=anew))
    if as_json:
        print_json(found)
        return
    made = "made" if found["built"] else "stands as it was made"
    say(
        f"network {made}: {found['edges']:,} edges, {found['nodes']:,} nodes, "
        f"{found['length_km']:,.1f} km, {found['parts']:,} parts"
    )
    for reason, count in found["left_out"].items():
        say(f"{count:,} left out: {reason}")


@app.command()
def reach(  # noqa: PLR0913 - each an option of the command
    *,
    station: StationOption = None,
    station_class: StationClassOption = None,
    place: PlaceOption = None,
    minutes: Annotated[
        list[float] | None, typer.Option(min=0.1, max=240, help="5, 10 and 15 if absent.")
    ] = None,
    closed: ClosedOption = None,
    dry: DryOption = False,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is reached from rescue stations in so many minutes.

    Example: twin roads reach --station 4403118704000001 --minutes 5 --out five.geojson
    """
    from data import roads  # noqa: PLC0415

    with _store() as (connection, crs):
        drawn = [_drawn(place, crs)] if place else []
        stations = [*_stations(connection, station, station_class, named=bool(drawn)), *drawn]
        shut = _closed(connection, closed, dry=dry)
        found = roads.reach(connection, _some(stations), minutes or [5.0, 10.0, 15.0], shut)
        document = roads.answers.reach_document(found, crs)
    _tell(document, destination(out, form, geojson), as_json=as_json)
    if not as_json:
        tell_all(document["reached"], _REACHED, as_json=False)


@app.command()
def nearest(  # noqa: PLR0913 - each an option of the command
    *,
    alert: Annotated[int | None, typer.Option(help="The incident: where its entity is.")] = None,
    entity: Annotated[str | None, typer.Option(help="The incident: an entity.")] = None,
    place: PlaceOption = None,
    helper: Annotated[
        list[str] | None, typer.Option("--helper", help="Code of who may help; repeatable.")
    ] = None,
    helper_class: Annotated[
        list[str] | None,
        typer.Option("--helper-class", help="Crews, vehicles and pumps if nobody is named."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="So many that come.")] = 10,
    closed: ClosedOption = None,
    dry: DryOption = False,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who is soonest at an incident, from where they were last; exit code 1 if nobody comes.

    Example: twin roads nearest --alert 17
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from data import roads  # noqa: PLC0415
    from data.positions import mobile_classes  # noqa: PLC0415

    if sum(one is not None for one in (alert, entity, place)) != 1:
        _refuse("expected one of --alert, --entity and --place")
    with _store() as (connection, crs):
        incident = _incident(connection, alert, entity, place, crs)
        classes = helper_class or ([] if helper else mobile_classes())
        wanted = roads.Wanted(_codes(helper), classes, datetime.now(UTC), most=most)
        found = roads.nearest(connection, incident, wanted, _closed(connection, closed, dry=dry))
        document = roads.answers.nearest_document(found, crs)
    _tell(document, destination(out, form, geojson), as_json=as_json)
    if not as_json:
        tell_all(document["coming"], _COMING, as_json=False)
        tell_all(document["unreachable"], _ABSENT, as_json=False)
    raise typer.Exit(0 if document["coming"] else 1)


@app.command()
def coverage(  # noqa: PLR0913 - each an option of the command
    *,
    station: StationOption = None,
    station_class: StationClassOption = None,
    area: Annotated[
        list[str] | None, typer.Option("--area", help="Code of an area; repeatable.")
    ] = None,
    area_class: Annotated[
        list[str] | None, typer.Option("--area-class", help="8808, key areas, if absent.")
    ] = None,
    site_class: Annotated[
        list[str] | None, typer.Option("--site-class", help="Of risk sites; 8701 and 8702.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, max=240, help="Driving time.")] = 5.0,
    closed: ClosedOption = None,
    dry: DryOption = False,
    out: OutOption = None,
    form: FormOption = None,
    geojson: GeojsonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how much of areas, their people and risk sites is reached in time.

    Example: twin roads coverage --out gaps.parquet
    """
    from data import roads  # noqa: PLC0415

    asked = roads.Asked(codes=_codes(area), minutes=minutes)
    asked = asked._replace(classes=area_class or (() if area else asked.classes))
    asked = asked._replace(sites=site_class or asked.sites)
    with _store() as (connection, crs):
        stations = _some(_stations(connection, station, station_class))
        found = roads.coverage(connection, stations, asked, _closed(connection, closed, dry=dry))
        document = roads.answers.coverage_document(found, crs)
    _tell(document, destination(out, form, geojson), as_json=as_json)
    if not as_json:
        rows = [_shares(one) for one in document["areas"]]
        tell_all(rows, ("code", "name", "land", "people", "risk_sites", "missed"), as_json=False)


def _shares(one: dict[str, Any]) -> dict[str, Any]:
    def percent(share: float | None) -> str:
        return "none there" if share is None else f"{share:.0%}"

    return {
        "code": one["code"],
        "name": one["name"],
        "land": percent(one["land_m2"]["share"]),
        "people": percent(one["people"]["share"]),
        "risk_sites": percent(one["risk_sites"]["share"]),
        "missed": [site["name"] for site in one["risk_sites"]["missed"]],
    }


def _tell(document: dict[str, Any], to: "Destination | None", *, as_json: bool) -> None:
    """Print a document, write its shapes, and say what is closed and who drives from nowhere."""
    from data.roads import answers  # noqa: PLC0415

    if to is not None:
        to.write(answers.shapes_table(document))
    if as_json:
        print_json(document)
        return
    for one in document["closed"]:
        say(f"closed: {one['code']}, {one['reason']}")
    for one in (*document.get("stations", ()), *filter(None, [document.get("incident")])):
        if one["reason"]:
            say(f"{one['name'] or one['code']}: {one['reason']}")


def _codes(texts: list[str] | None) -> list[int]:
    from twin.codes import EntityCode  # noqa: PLC0415

    return [int(EntityCode.parse_printed(text)) for text in texts or ()]


def _stations(
    connection: "Connection",
    station: list[str] | None,
    classes: list[str] | None,
    *,
    named: bool = False,
) -> "list[Place]":
    from data.roads import places  # noqa: PLC0415
    from data.roads.spots import STATIONS  # noqa: PLC0415

    named = named or bool(station)
    return places(connection, _codes(station), classes or ([] if named else STATIONS))


def _some(stations: "list[Place]") -> "list[Place]":
    if not stations:
        _refuse("expected --station with a code, or --station-class of which there is one")
    return stations


def _closed(connection: "Connection", closed: list[str] | None, *, dry: bool) -> "list[Closure]":
    from data.roads import closures  # noqa: PLC0415

    return closures(connection, tuple(_codes(closed)), flooded=not dry)


def _incident(
    connection: "Connection", alert: int | None, entity: str | None, place: str | None, crs: str
) -> "Place":
    from data import roads  # noqa: PLC0415

    if alert is not None:
        return roads.place_of_alert(connection, alert)
    if entity is not None:
        return roads.places(connection, _codes([entity]))[0]
    return _drawn(place or "", crs)


def _drawn(place: str, crs: str) -> "Place":
    from shapely.geometry import Point  # noqa: PLC0415

    from data.roads import Place  # noqa: PLC0415
    from spatial.crs import WGS84, CheckCoordinatesError, transform  # noqa: PLC0415

    try:
        longitude, latitude = map(float, place.split(","))
        x, y = transform([longitude], [latitude], WGS84, crs)
    except CheckCoordinatesError as error:
        _refuse(f"--place {place!r}: {error}")
    except ValueError:
        _refuse(f"--place {place!r}: expected longitude,latitude, e.g. 113.94,22.75")
    return Place(0, "", place, Point(float(x[0]), float(y[0])))


def _refuse(sentence: str) -> NoReturn:
    say(f"twin: {sentence}")
    raise typer.Exit(2)


@contextmanager
def _store() -> "Iterator[tuple[Connection, str]]":
    """Give the store and its CRS, or end with a sentence; what was built is committed."""
    from data.connection import connect  # noqa: PLC0415
    from data.registry import srid_of  # noqa: PLC0415
    from data.roads import UnknownPlaceError  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    try:
        with connect(app_settings.load().store_url, name="citytwin command line") as connection:
            yield connection, f"EPSG:{srid_of(connection)}"
    except UnknownPlaceError as error:
        _refuse(str(error))
