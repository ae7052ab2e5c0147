"""Why a rule did, or did not, act: one name for log, metric and the alert's own sentence."""

from enum import StrEnum


class Reason(StrEnum):
    """The value is the phrase that stands unchanged in sentences, log lines and metric labels."""

    AT_OR_ABOVE = "is at or above"
    AT_OR_BELOW = "is at or below"
    STAYED_AT_OR_ABOVE = "was last at or above"
    STAYED_AT_OR_BELOW = "was last at or below"
    BACK_BELOW = "is back below"
    BACK_ABOVE = "is back above"
    HOLDING = "has reached a limit, not yet for the hold time"
    LATE = "is not newer than what was judged before"
    REJUDGED = "came late, and all after it was judged again"
    REVISED = "was not so, as a late reading shows"
    UNRELIABLE = "is unreliable and neither raises nor clears"
    DOUBTFUL_ALONE = "is doubtful and cannot raise red alone"
    NO_LIMIT = "has no such limit of its own"
    DATUM_DIFFERS = "has another datum than the rule's limits"
    UNBOUND = "no longer falls under the rule there"
    WITHDRAWN = "rule withdrawn"
    BEGAN = "began"
    ENDED = "ended"
    STILL_ACTIVE = "ended, but another one goes on in the area"
    ALREADY_ACTIVE = "was already going on"
    NEVER_BEGAN = "ended without having begun"
    MOMENTARY = "has neither beginning nor end, and raises nothing yet"
    NO_AREA = "was seen by a camera that is linked to no area"
    OTHER_CLASS = "was seen in no area of a class that the rule is for"
    NO_RULE = "is not named by any rule"
    FAULTY = "could not be judged: its rule is faulty and was switched off"
