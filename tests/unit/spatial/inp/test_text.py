import os
from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.files.local_file import TEXT_LIMIT_BYTES
from spatial.models.inp.text import LONGEST_LINE, encoding_of, lines
from tests.unit.spatial.inp.writing import written


@pytest.mark.parametrize(
    ("text", "written_as", "read_as"),
    [
        ("J1 井", "utf-8", "utf-8"),
        ("J1 井", "utf-8-sig", "utf-8-sig"),
        ("J1 井", "utf-16", "utf-16"),
        ("光明街道 雨水井", "gbk", "gb18030"),
        ("Straße für Käse", "latin-1", "latin-1"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_in(
    tmp_path: Path, text: str, written_as: str, read_as: str
) -> None:
    path = written(tmp_path, text.encode(written_as))

    assert encoding_of(path).codec == read_as
    assert list(lines(path, read_as)) == [(1, text)]


def test_what_was_assumed_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "光明".encode("gbk"))

    assert encoding_of(path).assumed == (
        "the text is not UTF-8 and says no encoding: read as GB18030"
    )


def test_a_line_that_never_ends_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"[JUNCTIONS]\n" + b"x" * (LONGEST_LINE + 1))

    with pytest.raises(FileRefusedError, match=r"line 2 is longer than 65,536 characters"):
        list(lines(path, "utf-8"))


def test_a_file_of_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = written(tmp_path, "[JUNCTIONS]\n")
    os.truncate(path, 4 * TEXT_LIMIT_BYTES)

    with pytest.raises(FileRefusedError, match=r"2,147,483,648 bytes of text, expected at most"):
        encoding_of(path)


def test_a_nul_character_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"[JUNCTIONS]\nJ1 \0 1\n")

    with pytest.raises(FileRefusedError, match=r"NUL character in line 2"):
        list(lines(path, "utf-8"))


def test_half_a_character_at_the_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "﻿J1".encode("utf-16-le") + b"x")

    with pytest.raises(FileRefusedError, match=r"is not in utf-16"):
        list(lines(path, encoding_of(path).codec))


def test_more_lines_than_any_network_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatial.models.inp.text.MOST_LINES", 3)

    with pytest.raises(FileRefusedError, match=r"more than 3 lines"):
        list(lines(written(tmp_path, "\n" * 4), "utf-8"))
