"""The roll call of rule kinds: a new kind is a module and one line here."""

from alerts.rules.deviation import DeviationRule
from alerts.rules.extreme import ExtremeRule
from alerts.rules.grade import GradeRule
from alerts.rules.level import LevelRule
from alerts.rules.rate import RateRule
from alerts.rules.schedule import ScheduleRule
from alerts.rules.silence import SilenceRule
from alerts.rules.together import TogetherRule
from alerts.rules.video import VideoRule
from alerts.rules.window import WindowRule

Rule = (
    LevelRule
    | RateRule
    | WindowRule
    | DeviationRule
    | ScheduleRule
    | GradeRule
    | SilenceRule
    | TogetherRule
    | VideoRule
    | ExtremeRule
)

KINDS: dict[str, type[Rule]] = {
    "level": LevelRule,
    "rate": RateRule,
    "window": WindowRule,
    "deviation": DeviationRule,
    "schedule": ScheduleRule,
    "grade": GradeRule,
    "silence": SilenceRule,
    "together": TogetherRule,
    "video": VideoRule,
    "extreme": ExtremeRule,
}
