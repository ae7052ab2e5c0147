"""Every case on disk comes out as it says."""

import pytest

from ingest.decoders import DECODERS
from tests.unit.ingest.decoders.recorded import Case, all_cases, as_expected


@pytest.mark.parametrize("case", all_cases(), ids=lambda c: f"{c.decoder}-{c.folder.name}")
def test_recorded_message(case: Case) -> None:
    decoded = DECODERS[case.decoder].decode(case.message)
    expected = case.expected
    shown = as_expected(decoded)
    assert shown["readings"] == expected.get("readings", [])
    assert shown["natives"] == expected.get("natives", [])
    assert shown["events"] == expected.get("events", [])
    faults = expected.get("faults", [])
    assert [fault.reason for fault in decoded.faults] == [reason for reason, _ in faults]
    for fault, (_, sentence) in zip(decoded.faults, faults, strict=True):
        # A case without a sentence leaves the wording to the JSON parser.
        assert fault.sentence == (sentence or fault.sentence)
        assert "expected" in fault.sentence or sentence
