"""Fuzzes the decoders one after the other: scripts/fuzz --help."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from fuzz.seeds import LONGEST_INPUT, write_seeds, write_words
from ingest.decoders import DECODERS

_RUN_S: Final = 2
_MEMORY_MB: Final = 1500

_DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)
_EDGES = re.compile(r"^#\d+\s.*\bcov: (\d+)", re.MULTILINE)
_KEPT = re.compile(r"Test unit written to (.+)$", re.MULTILINE)


class Outcome(NamedTuple):
    """How one decoder fared; ``line`` is what the user reads."""

    sound: bool
    line: str


def main(
    state: Annotated[Path, typer.Option(hidden=True)],
    decoder: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs for each decoder.")] = 1_000_000,
) -> None:
    """Send every decoder mutated messages; it must answer each, soundly, in time and in memory."""
    names = decoder or list(DECODERS)
    if unknown := [name for name in names if name not in DECODERS]:
        raise typer.BadParameter(f"decoder {unknown[0]!r}: expected one of {', '.join(DECODERS)}")
    sound = True
    for name in names:
        outcome = fuzzed(name, runs, state / name)
        sound &= outcome.sound
        typer.echo(outcome.line)
    raise typer.Exit(0 if sound else 1)


def fuzzed(decoder: str, runs: int, folder: Path) -> Outcome:
    """Fuzz one decoder in a process of its own; earlier failures are tried first."""
    write_seeds(decoder, folder / "seeds")
    write_words(decoder, folder / "words.dict")
    inputs = [folder / name for name in ("found", "failures", "seeds")]
    for one in inputs:
        one.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    command = [
        sys.executable,
        "-m",
        "fuzz.target",
        decoder,
        *map(str, inputs),
        *_flags(runs, folder),
    ]
    with log.open("wb") as written:
        ended = subprocess.run(command, stdout=written, stderr=written, check=False)  # noqa: S603 -- our own module
    return outcome_of(decoder, ended.returncode, log)


def outcome_of(decoder: str, status: int, log: Path) -> Outcome:
    """Read what libFuzzer wrote."""
    said = log.read_text("utf-8", "replace")
    kept, done, edges = _KEPT.findall(said), _DONE.search(said), _EDGES.findall(said)
    if kept:
        return Outcome(sound=False, line=f"{decoder}: failed with {', '.join(kept)}; see {log}")
    if status or not done:
        return Outcome(sound=False, line=f"{decoder}: ended with status {status}; see {log}")
    runs, seconds = int(done[1]), int(done[2])
    rate = runs // max(seconds, 1)
    covered = edges[-1] if edges else 0
    return Outcome(sound=True, line=f"{decoder}: {runs} runs, {rate} runs/s, {covered} edges")


def _flags(runs: int, folder: Path) -> list[str]:
    return [
        f"-runs={runs}",
        f"-timeout={_RUN_S}",
        f"-report_slow_units={_RUN_S}",
        f"-rss_limit_mb={_MEMORY_MB}",
        f"-max_len={LONGEST_INPUT}",
        "-len_control=100",  # off by default beside a mutator of one's own
        f"-dict={folder / 'words.dict'}",
        f"-artifact_prefix={folder / 'failures'}/",
    ]


if __name__ == "__main__":
    typer.run(main)
