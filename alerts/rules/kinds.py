"""The roll call of rule kinds: a new kind is a module and one line here."""

from alerts.rules.level import LevelRule
from alerts.rules.video import VideoRule

Rule = LevelRule | VideoRule

KINDS: dict[str, type[LevelRule] | type[VideoRule]] = {
    "level": LevelRule,
    "video": VideoRule,
}
