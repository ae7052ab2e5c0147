"""Every case on disk comes out as it says."""

from pathlib import Path

import pytest

from spatial.files import inspect
from tests.unit.spatial.files.reports import all_cases, file_of, report


@pytest.mark.parametrize("case", all_cases(), ids=lambda folder: folder.name)
def test_a_file_is_taken_or_refused_as_its_case_says(case: Path) -> None:
    assert report(case) == (case / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", all_cases(), ids=lambda folder: folder.name)
def test_what_cannot_be_inspected_cannot_be_read_for_the_same_reason(case: Path) -> None:
    error = inspect(file_of(case)).error
    if error is not None and not (case / "options.toml").exists():
        assert report(case) == [f"refused: {error}"]


def test_every_sentence_starts_with_a_small_letter_and_has_no_full_stop() -> None:
    for case in all_cases():
        for line in (case / "expected.txt").read_text(encoding="utf-8").splitlines():
            assert not line.endswith("."), line
            assert line[0].islower(), line
