"""The roll call of rule kinds: a new kind is a module and one line here."""

from alerts.rules.level import LevelRule
from alerts.rules.rate import RateRule
from alerts.rules.video import VideoRule
from alerts.rules.window import WindowRule

Rule = LevelRule | RateRule | WindowRule | VideoRule

KINDS: dict[str, type[Rule]] = {
    "level": LevelRule,
    "rate": RateRule,
    "window": WindowRule,
    "video": VideoRule,
}
