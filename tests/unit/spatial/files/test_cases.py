"""Every case on disk comes out as it says."""

from pathlib import Path

import pytest

from spatial.files import inspect
from tests.unit.spatial.files.reports import all_cases, file_of, report


@pytest.mark.parametrize("case", all_cases(), ids=lambda folder: folder.name)
def test_a_file_is_taken_or_refused_as_its_case_says(case: Path) -> None:
    assert report(case) == (case / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", all_cases(), ids=lambda folder: folder.name)
def test_an_inspected_file_is_refused_where_nothing_could_be_read(case: Path) -> None:
    (first, *_) = report(case)
    error = inspect(file_of(case)).error
    if error is not None:
        assert first == f"refused: {error}" or (case / "options.toml").exists()
        assert (
            "expected" in error or "say its encoding" in error or "empty" in error or ":" in error
        )


def test_every_sentence_starts_with_a_small_letter_and_has_no_full_stop() -> None:
    for case in all_cases():
        for line in (case / "expected.txt").read_text(encoding="utf-8").splitlines():
            assert not line.endswith("."), line
            assert line[0].islower(), line
