"""docs/self-watch.md tells every quantity, rule, setting and part."""

from pathlib import Path

from alerts.ingest_silence import RULE
from alerts.rule_files import shipped_rules
from alerts.rules.quantity_rule import QuantityRule
from data.own_parts import PARTS
from ingest.config import PipelineConfig
from ingest.self_watch.herald import HEARTBEAT_TOPIC, OFFLINE
from twin.api.config import WebConfig

GUIDE = (Path(__file__).parents[4] / "docs" / "self-watch.md").read_text(encoding="utf-8")


def test_every_quantity_that_rules_of_the_system_look_at_is_told() -> None:
    rules = [read.rule for read in shipped_rules() if read.rule.field == "system"]
    quantities = {rule.quantity for rule in rules if isinstance(rule, QuantityRule)}
    assert len(quantities) >= 10
    assert [one for one in quantities if f"`{one}`" not in GUIDE] == []
    assert RULE in {rule.id for rule in rules}


def test_parts_topics_and_settings_are_told() -> None:
    assert [part for part in PARTS if f"| `{part}` |" not in GUIDE] == []
    assert f"`{HEARTBEAT_TOPIC}`" in GUIDE
    assert f"`{OFFLINE.decode()}`" in GUIDE
    ingest, web = PipelineConfig(), WebConfig()
    assert f"watch_seconds = {ingest.watch_seconds:g} " in GUIDE
    assert f"heartbeat_seconds = {ingest.heartbeat_seconds:g} " in GUIDE
    assert f"ingest_silent_s = {web.ingest_silent_s:g} " in GUIDE
