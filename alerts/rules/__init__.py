"""Rules as data and their evaluation, pure: no database, no wire, no clock."""

from alerts.rules.alert_level import AlertLevel
from alerts.rules.kinds import KINDS, Rule
from alerts.rules.latch import Latch
from alerts.rules.level import LevelReading, LevelRule
from alerts.rules.reading import ReadRule, RuleFileError, RuleSet, RuleText, check, read_rules
from alerts.rules.reason import Reason
from alerts.rules.video import VideoRule

__all__ = [
    "KINDS",
    "AlertLevel",
    "Latch",
    "LevelReading",
    "LevelRule",
    "ReadRule",
    "Reason",
    "Rule",
    "RuleFileError",
    "RuleSet",
    "RuleText",
    "VideoRule",
    "check",
    "read_rules",
]
