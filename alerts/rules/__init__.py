"""Rules as data and their evaluation, pure: no database, no wire, no clock."""

from alerts.rules.alert_level import AlertLevel
from alerts.rules.kinds import KINDS, Rule
from alerts.rules.ladder import LadderRule
from alerts.rules.latch import Latch
from alerts.rules.level import LevelRule
from alerts.rules.rate import RateRule
from alerts.rules.reading import ReadRule, RuleFileError, RuleSet, RuleText, check, read_rules
from alerts.rules.reason import Reason
from alerts.rules.video import VideoRule
from alerts.rules.window import WindowRule

__all__ = [
    "KINDS",
    "AlertLevel",
    "LadderRule",
    "Latch",
    "LevelRule",
    "RateRule",
    "ReadRule",
    "Reason",
    "Rule",
    "RuleFileError",
    "RuleSet",
    "RuleText",
    "VideoRule",
    "WindowRule",
    "check",
    "read_rules",
]
