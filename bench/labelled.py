"""Runs the shipped rules over labelled recordings and prints hits, false alarms and lead times.

Nothing is tuned to a file: what the columns are is told for each kind of recording, by the end of
the path. Recordings are SKAB (a column says what is wrong), NAB (a file of windows beside them)
and river levels of the Environment Agency, which nobody labelled: of them only the alerts count.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alerts.reports.recording_columns import RecordingError
from alerts.rules import RuleSet
from twin.app.backtesting import chosen_rules
from twin.app.rule_trials import Asked, Recorded, run_trial, trial_document

_SHARED = Path(__file__).parents[2] / "shared" / "data" / "timeseries"
_WINDOWS = "combined_windows.json"


class Kind(NamedTuple):
    """Recordings of one kind.

    Attributes:
        pattern: of their paths.
        columns: ``ROLE=COLUMN``.
        fixed: ``NAME=VALUE`` of all rows.
        together: whether all files are one recording.
    """

    pattern: str
    columns: Sequence[str]
    fixed: Sequence[str]
    together: bool = False


KINDS = (
    Kind(
        "skab/*.csv",
        (
            "label=anomaly",
            "discharge@L/min=Volume Flow RateRMS",
            "pressure@bar=Pressure",
            "electric_current=Current",
            "voltage=Voltage",
            "equipment_temperature=Temperature",
            "water_temperature=Thermocouple",
        ),
        ("zone=Z",),
    ),
    Kind("nab/*temperature*.csv", (), ("quantity=equipment_temperature@[degF]", "zone=Z")),
    Kind("nab/speed*.csv", (), ("quantity=traffic_speed@[mi_i]/h", "zone=Z")),
    Kind("nab/occupancy*.csv", (), ("quantity=traffic_occupancy", "zone=Z")),
    Kind("nab/TravelTime*.csv", (), ("quantity=travel_time", "zone=Z")),
    Kind(
        "ea_flood_2014/*.tsv",
        ("entity=stationReference", "channel=qualifier"),
        ("quantity=level", "class=8202", "zone=Z"),
        together=True,
    ),
)


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=_SHARED)
    parser.add_argument("--rules", type=Path, nargs="*", default=[], help="instead of the shipped")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rules = chosen_rules(options.rules, [])
    for kind in KINDS:
        for files in _recordings(options.folder, kind):
            try:
                told = _judged(kind, files, options.rules) | {"rules": _fitting(rules, kind)}
            except RecordingError as error:
                print(f"{files[0].name:44} not judged: {error}")
                continue
            print(json.dumps(told, ensure_ascii=False) if options.json else _line(told))
    for file in _others(options.folder):
        print(f"{file.name:44} not judged: expected a name like one of {_patterns()}")


def _others(folder: Path) -> list[Path]:
    """Return recordings beside the known ones whose kind nobody has told."""
    known = {file for kind in KINDS for file in folder.glob(kind.pattern)}
    beside = {file for kind in KINDS for file in (folder / kind.pattern).parent.glob("*.[ct]sv")}
    return sorted(beside - known)


def _patterns() -> str:
    return ", ".join(kind.pattern for kind in KINDS)


def _recordings(folder: Path, kind: Kind) -> Iterator[list[Path]]:
    files = sorted(folder.glob(kind.pattern))
    if kind.together and files:
        yield files
    elif not kind.together:
        yield from ([file] for file in files)


def _judged(kind: Kind, files: Sequence[Path], rules: Sequence[Path]) -> dict[str, Any]:
    windows = files[0].with_name(_WINDOWS)
    labels = windows if windows.exists() else None
    recorded = Recorded(files, kind.columns, kind.fixed, labels)
    began = time.process_time()
    found = trial_document(run_trial(Asked(rules, recorded=recorded), "", lambda _done, _all: None))
    return {
        "recording": files[0].name if len(files) == 1 else kind.pattern,
        "readings": found["readings"],
        "alerts": found["figures"]["alerts"],
        "refusals": found["refusals"],
        "detection": found.get("detection"),
        "cpu_s": round(time.process_time() - began, 2),
    }


def _fitting(rules: RuleSet, kind: Kind) -> list[str]:
    """Return the rules that look at a quantity of such recordings."""
    told = " ".join([*kind.columns, *kind.fixed])
    watched = [(read.rule.id, getattr(read.rule, "watched", ())) for read in rules]
    return [name for name, asked in watched if any(quantity in told for quantity in asked)]


def _line(told: dict[str, Any]) -> str:
    found = told["detection"]
    if found is None:
        return (
            f"{told['recording']:44} {told['alerts']:>4} alerts, not labelled; "
            f"{told['refusals'] or 'judged by all'}"
        )
    per_day = found["false_per_day"]
    lead = found["median_lead_s"]
    return (
        f"{told['recording']:44} {found['hits']}/{len(found['labels'])} hit, "
        f"{found['false_alarms']:>3} false ({per_day and round(per_day, 2)} a day), "
        f"precision {found['precision']}, median lead {lead} s, {len(told['rules'])} rules fit"
    )


if __name__ == "__main__":
    main()
