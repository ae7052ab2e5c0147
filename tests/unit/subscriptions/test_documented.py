"""docs/notices.md and docs/cap.md say what there is, and their examples work."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from alerts.cap.config import CapConfig, CapFeed
from alerts.rules import RuleText, check
from alerts.subscriptions.config import MailConfig, NoticeConfig
from alerts.subscriptions.records import SETTINGS
from alerts.subscriptions.signing import signed_headers
from tests.unit.subscriptions.letters import NUMBER

DOCS = Path(__file__).parents[3] / "docs"
NOTICES = (DOCS / "notices.md").read_text(encoding="utf-8")
CAP = (DOCS / "cap.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [part.split("```")[0] for part in text.split(f"```{language}\n")[1:]]


def test_every_field_of_a_subscription_is_in_the_guide() -> None:
    assert [field for field in SETTINGS if f"`{field}`" not in NOTICES] == []


def test_every_setting_is_in_the_guides() -> None:
    (notices,) = blocks(NOTICES, "toml")
    told = tomllib.loads(notices)["notices"]
    assert set(told) == set(NoticeConfig.model_fields)
    assert set(told["mail"]) == set(MailConfig.model_fields)
    assert NoticeConfig.model_validate(told).mail is not None
    cap = tomllib.loads(blocks(CAP, "toml")[0])["cap"]
    assert set(cap) == set(CapConfig.model_fields)
    assert set(cap["feeds"][0]) == set(CapFeed.model_fields)
    assert CapConfig.model_validate(cap).feeds[0].name == "weather bureau"


def test_the_verification_of_the_guide_works() -> None:
    scope: dict[str, object] = {}
    exec(blocks(NOTICES, "python")[0], scope)  # noqa: S102 - it is our own guide
    verify = scope["is_from_citytwin"]
    assert callable(verify)
    now = datetime.now(UTC)
    headers = signed_headers(["new", "old"], NUMBER, now, b"{}")
    assert verify("old", headers, b"{}")
    assert verify("new", headers, b"{}")
    assert not verify("other", headers, b"{}")
    assert not verify("old", headers, b"{ }")
    late = signed_headers(["old"], NUMBER, datetime(2020, 1, 1, tzinfo=UTC), b"{}")
    assert not verify("old", late, b"{}")


def test_the_rule_of_the_guide_is_sound() -> None:
    (rule,) = blocks(CAP, "toml")[1:]
    assert check(RuleText("docs/cap.md", rule)) == ()
