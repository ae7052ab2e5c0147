"""Which edge node or device a topic names, and what is said of those that name none."""

import pytest

from ingest.decoders.sparkplug.topic import (
    OF_NODES,
    MessageType,
    UnreadableTopicError,
    read_topic,
)
from twin.model import Name


@pytest.mark.parametrize("kind", sorted(OF_NODES))
def test_an_edge_node_is_named_by_group_and_node(kind: str) -> None:
    address = read_topic(f"spBv1.0/泵站/{kind}/Raspberry Pi")
    assert address == (
        MessageType(kind), "泵站", "Raspberry Pi", "", Name("sparkplug", "泵站/Raspberry Pi"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["DBIRTH", "DDEATH", "DDATA", "DCMD"])
def test_a_device_is_named_by_group_node_and_device(kind: str) -> None:
    address = read_topic(f"spBv1.0/g/{kind}/n/d")
    assert (address.device, address.name) == ("d", Name("sparkplug", "g/n/d"))


@pytest.mark.parametrize("topic", ["spBv1.0/STATE/scada", "STATE/scada"])
def test_the_state_of_a_host_is_known_in_both_versions(topic: str) -> None:
    assert read_topic(topic).type is MessageType.STATE


def test_a_group_may_be_called_state() -> None:
    assert read_topic("spBv1.0/STATE/NDATA/n").group == "STATE"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("", "expected spBv1.0/{group}/{type}/{node}[/{device}]"),
        ("spAv1.0/g/NDATA/n", "expected spBv1.0/{group}/{type}/{node}[/{device}]"),
        ("spBv1.0/g/NDATA", "expected spBv1.0/{group}/{type}/{node}[/{device}]"),
        ("spBv1.0/g/DDATA/n/d/x", "expected spBv1.0/{group}/{type}/{node}[/{device}]"),
        ("spBv1.0/STATE/", "expected spBv1.0/{group}/{type}/{node}[/{device}]"),
        ("spBv1.0/g/NDATA/n/d", "NDATA is an edge node's, expected no device after it"),
        ("spBv1.0/g/DDATA/n", "DDATA is a device's, expected its id after the node"),
        ("spBv1.0/g/ndata/n", "message type 'ndata', expected one of NBIRTH, NDEATH"),
        ("spBv1.0/g/STATE/n", "message type 'STATE', expected one of NBIRTH, NDEATH"),
        ("spBv1.0//NDATA/n", "expected ids with characters, and none of them + or #"),
        ("spBv1.0/g/DDATA/n/", "expected ids with characters, and none of them + or #"),
        ("spBv1.0/a+b/NDATA/n", "expected ids with characters, and none of them + or #"),
        ("spBv1.0/g/DDATA/n/d#1", "expected ids with characters, and none of them + or #"),
        ("spBv1.0/g/NDATA/n\0", "expected at most 255 printable characters"),
        (f"spBv1.0/g/NDATA/{'n' * 300}", "expected at most 255 printable characters"),
    ],
)
def test_other_topics_are_told_what_was_expected(topic: str, expected: str) -> None:
    with pytest.raises(UnreadableTopicError) as caught:
        read_topic(topic)
    sentence = str(caught.value)
    assert sentence.startswith("topic '")
    assert expected in sentence
    assert len(sentence) < 250
