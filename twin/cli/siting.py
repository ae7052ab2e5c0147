"""``twin trace site``: where sensors should stand."""

import math
from typing import Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.network_store import (
    REGISTER,
    InvertOption,
    JsonOption,
    NetworkAsked,
    NetworkOption,
    network_store,
    told,
)
from twin.cli.printing import print_json, say
from twin.cli.shape_file import FormOption, OutOption, destination

_SENSOR = ("key", "kind", "seen", "alike")
_DAY_S = 86_400.0

CountOption = Annotated[int | None, typer.Option("--count", min=1, help="So many new sensors.")]
ShareOption = Annotated[
    float, typer.Option("--share", min=0, max=1, help="Or so many by the number of nodes.")
]
BeginOption = Annotated[
    float | None,
    typer.Option(
        "--begin-known-s", min=0, max=_DAY_S, help="Seconds to which a release will be timed."
    ),
]
IntervalOption = Annotated[
    float, typer.Option("--interval-s", min=1, max=_DAY_S, help="Seconds between two readings.")
]
ExistingOption = Annotated[
    list[str] | None, typer.Option("--existing", help="Node with a sensor; may be given again.")
]
KeepOption = Annotated[
    bool, typer.Option("--keep/--no-keep", help="The register's water quality stations stay.")
]


def site(  # noqa: PLR0913 - each an option of the command
    *,
    network: NetworkOption = REGISTER,
    by_invert: InvertOption = False,
    count: CountOption = None,
    share: ShareOption = 0.05,
    begin_known_s: BeginOption = None,
    interval_s: IntervalOption = 300.0,
    existing: ExistingOption = None,
    keep: KeepOption = True,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose where sensors tell the sources of a pollution apart best, the most useful first.

    Seen is the share of releases that a sensor sees, alike how many nodes then look like the
    source, both with all sensors up to this one.

    Example: twin trace site --count 20 --begin-known-s 120 --out sites.geojson
    """
    from data.networks.siting import sensors_proposed, stations  # noqa: PLC0415 - loads scipy

    to = destination(out, form)
    with network_store() as store:
        graph = store.graph(NetworkAsked(network, by_invert))
        kept = stations(store.connection, graph) if keep else []
        wanted = count or math.ceil(share * len(graph.positions))
        answer = sensors_proposed(
            graph,
            wanted,
            existing=[*kept, *(existing or [])],
            released_known_s=begin_known_s,
            interval_s=interval_s,
        )
    _tell(told(answer, to), wanted, as_json=as_json)


def _tell(found: dict[str, Any], wanted: int, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    tell_all(found["sensors"], _SENSOR, as_json=False)
    if found["existing"]:
        say(f"beside {len(found['existing']):,} sensors that see {found['seen']:.0%} of releases")
    if len(found["sensors"]) < wanted:
        say(f"no other place adds anything: {len(found['sensors']):,} of {wanted:,} proposed")
