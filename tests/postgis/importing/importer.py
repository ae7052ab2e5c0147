"""Runs ``twin import`` on files that tests write."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from typer.testing import CliRunner, Result

from tests.unit.spatial.files.written import write
from twin.cli.importing import import_file

X, Y = 493_426.5, 2_516_742.5
HOUSES = """
model = "houses"
source = "survey"
key = { scheme = "asset", column = "id" }
class = { value = "8101" }
fields = { name = "name", height_m = "height" }
"""
app = typer.Typer()
app.command("import")(import_file)


@dataclass(frozen=True)
class Importer:
    """The command in front of one store.

    Attributes:
        store_url: of the store.
        folder: for files.
    """

    store_url: str
    folder: Path

    @classmethod
    def before(cls, store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> "Importer":
        """Make a state folder that leads to the store."""
        lines = ["[store]", f"url = {json.dumps(store_url)}"]
        lines += ["[mqtt]", 'host = "127.0.0.1"', "port = 1", "[mqtt.accounts]"]
        (folder / "services.toml").write_text("\n".join(lines), encoding="utf-8")
        monkeypatch.setenv("CITYTWIN_STATE_DIR", str(folder))
        return cls(store_url, folder)

    def run(self, file: Path, mapping: str | Path, *options: str) -> Result:
        """Run the command; a text is written to a file as the map."""
        if isinstance(mapping, str):
            path = self.folder / "map.toml"
            path.write_text(mapping, encoding="utf-8")
            mapping = path
        return CliRunner().invoke(app, [str(file), "--map", str(mapping), *options])

    def report(self, file: Path, mapping: str | Path, *options: str) -> dict[str, Any]:
        """Run the command and return what it printed as JSON, with its exit code."""
        done = self.run(file, mapping, "--json", *options)
        assert done.stdout, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found | {"exit": done.exit_code}

    def counts(self, file: Path, mapping: str | Path, *options: str) -> dict[str, int]:
        """Return what an import counted, without what it counted none of."""
        found = self.report(file, mapping, *options)["counts"]
        return {name: count for name, count in found.items() if count}

    def houses(
        self,
        columns: Mapping[str, Sequence[Any]],
        shapes: Sequence[BaseGeometry | None] = (),
        name: str = "houses.gpkg",
    ) -> Path:
        """Write houses beside one another in Guangming, or with these shapes."""
        count = len(next(iter(columns.values())))
        placed = shapes or [Point(X + at, Y) for at in range(count)]
        path = self.folder / name
        path.unlink(missing_ok=True)
        return write(path, placed, columns)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the store says."""
        with psycopg.connect(self.store_url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def state(self) -> list[tuple[Any, ...]]:
        """Return everything that an import could have written, without ids and instants."""
        return [
            *self.rows(
                "SELECT code, name, ST_AsText(geom), height_m, properties, stage, retired, owner"
                " FROM entity ORDER BY code"
            ),
            *self.rows(
                "SELECT code, scheme, value FROM entity_name WHERE superseded_in IS NULL"
                " ORDER BY 2, 3"
            ),
            *self.rows("SELECT origin, kind, target FROM relation WHERE superseded_in IS NULL"),
            *self.rows("SELECT count(*) FROM change_set"),
            *self.rows("SELECT count(*) FROM entity_version"),
            *self.rows("SELECT revision FROM registry_state"),
        ]


def reasons(report: dict[str, Any]) -> dict[int, str]:
    """Return why rows were refused, by their number."""
    return {row["row"]: row["detail"] for row in report["rows"] if row["outcome"] == "refused"}
