"""An importer for tests: files and maps written as a person would, run by the command."""

from pathlib import Path

import pytest

from tests.postgis.importing.importer import Importer


@pytest.fixture
def importer(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """The command, in front of the emptied store."""
    return Importer.before(database_url, tmp_path, monkeypatch)


@pytest.fixture
def foreign_importer(empty_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """The command, in front of a store that is to be set up for another CRS."""
    return Importer.before(empty_store, tmp_path, monkeypatch)
