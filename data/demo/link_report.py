"""How many of the district's true links are found when places are wrong by some metres.

``python -m data.demo.link_report --jitter 5`` prints the table.
"""

import argparse
import json
import time
from typing import Any

import pandas as pd
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from data.demo.arrays import dice
from data.demo.district import District, make_district
from data.demo.frames import device_table, entity_table
from data.demo.stands import MEASURING
from data.reference import entity_classes, link_rules
from spatial.links import link_tables

_COLUMNS = ("devices", "true_links", "found", "wrong", "missed", "strays", "strays_linked", "share")


def link_report(district: District, *, jitter_m: float = 5.0, seed: int = 1) -> dict[str, Any]:
    """Compare the links that are found with the true ones.

    Args:
        district: with its truth.
        jitter_m: standard deviation of the error of each coordinate, metres.
        seed: of the errors.

    Returns:
        ``jitter_m``, ``seconds`` that linking took, ``overall`` and ``by_class``: counts of
        devices and true links, of these ``found``, ``wrong`` (linked to something else) and
        ``missed`` (left unlinked), devices that belong to nothing (``strays``) and those of them
        that got a link, and ``share`` = found / true links, None where there are none.
    """
    rng = dice(seed, "jitter")
    error = rng.normal(0.0, jitter_m, (len(district.devices), 2))
    sensors = device_table(district.devices, error)
    things = entity_table(district.entities)
    began = time.perf_counter()
    links = link_tables(sensors, things, link_rules())
    seconds = time.perf_counter() - began
    watched = links[links["relation"].isin(MEASURING)].set_index("device")["target"]
    found = sensors["code"].map(watched).fillna(0)
    rows = _judged(sensors["klass"], sensors["target"], found)
    by_class = {str(klass): _counts(group) for klass, group in rows.groupby("klass")}
    return {
        "jitter_m": jitter_m,
        "seconds": round(seconds, 2),
        "overall": _counts(rows),
        "by_class": by_class,
    }


def _judged(klass: pd.Series, true: pd.Series, linked: pd.Series) -> pd.DataFrame:
    belongs, has_link = true > 0, linked > 0
    columns = {
        "klass": klass,
        "true_links": belongs,
        "found": belongs & (linked == true),
        "wrong": belongs & has_link & (linked != true),
        "missed": belongs & ~has_link,
        "strays": ~belongs,
        "strays_linked": ~belongs & has_link,
    }
    return pd.DataFrame(columns)


def _counts(rows: pd.DataFrame) -> dict[str, int | float | None]:
    counts = {name: int(rows[name].sum()) for name in _COLUMNS[1:-1]}
    share = round(counts["found"] / counts["true_links"], 4) if counts["true_links"] else None
    return {"devices": len(rows), **counts, "share": share}


def _print(report: dict[str, Any]) -> None:
    title = f"links found at a jitter of {report['jitter_m']:g} m ({report['seconds']} s)"
    table = Table(title=title, box=SIMPLE, padding=0)
    table.add_column("class", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name.split("_")[-1], justify="right", no_wrap=True)
    names = entity_classes()
    for klass, counts in report["by_class"].items():
        table.add_row(f"{klass} {names[klass].name_zh}", *_cells(counts))
    table.add_section()
    table.add_row("overall", *_cells(report["overall"]))
    Console().print(table)


def _cells(counts: dict[str, Any]) -> list[str]:
    share = counts["share"]
    numbers = [str(counts[name]) for name in _COLUMNS[:-1]]
    return [*numbers, "–" if share is None else f"{share:.1%}"]


def main(arguments: list[str] | None = None) -> None:
    """Make the district, link it and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=30_000, help="number of entities")
    parser.add_argument("--jitter", type=float, default=5.0, help="metres, standard deviation")
    parser.add_argument("--seed", type=int, default=1, help="of the jitter")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    wanted = parser.parse_args(arguments)
    district = make_district(size=wanted.size)
    report = link_report(district, jitter_m=wanted.jitter, seed=wanted.seed)
    if wanted.json:
        Console().print_json(json.dumps(report))
    else:
        _print(report)


if __name__ == "__main__":
    main()
