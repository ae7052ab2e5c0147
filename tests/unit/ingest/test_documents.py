"""docs/ingest.md names everything that a sender or the writer of a map can use."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from ingest.decoders import DECODERS
from ingest.decoders.json_telemetry.fields import SWITCHES
from ingest.decoders.json_telemetry.qualifiers import RESERVED
from ingest.decoders.onvif.payload import STATE_KEYS
from ingest.replay.map import Columns, QuantityRow, ReplayMap, TimeFormat
from twin.model import Statistic

TEXT = (Path(__file__).parents[3] / "docs" / "ingest.md").read_text("utf-8")


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_has_a_chapter(decoder: str) -> None:
    assert f"\n## Decoder `{decoder}`: " in TEXT or f"\n| `{decoder}` | " in TEXT


def test_every_page_of_a_protocol_is_linked() -> None:
    pages = (Path(__file__).parents[3] / "docs" / "protocols").glob("*.md")
    assert [page.name for page in pages if f"](protocols/{page.name})" not in TEXT] == []


@pytest.mark.parametrize("word", sorted({*RESERVED, *SWITCHES, *STATE_KEYS, *Statistic}))
def test_every_word_of_the_payloads_is_explained(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("part", [ReplayMap, Columns, TimeFormat, QuantityRow])
def test_every_field_of_the_replay_map_is_explained(part: type[BaseModel]) -> None:
    chapter = TEXT[TEXT.index("## Replay maps") :]
    assert [name for name in part.model_fields if f"`{name}" not in chapter] == []
