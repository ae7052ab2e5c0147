"""What a notice says in words: titles and texts in Chinese and English. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from alerts.subscriptions.timing import LOCAL

_LEVELS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
_REASONS = {
    "new": ("新", "new"),
    "changed": ("变化", "changed"),
    "repeated": ("仍未处理", "still waiting"),
    "ended": ("解除", "over"),
    "call": ("紧急召集", "call"),
    "test": ("测试", "test"),
}
_MODES = {
    "exercise": ("【演练】", "[EXERCISE] "),
    "replay": ("【回放】", "[REPLAY] "),
    "backfill": ("【补录】", "[BACKFILL] "),
}
_MOST_LINES = 20
_STATES = {
    "raised": "待处理",
    "acknowledged": "已确认",
    "assigned": "已派单",
    "dispatched": "已出动",
    "on_site": "已到场",
    "resolved": "已处置",
    "verified": "已核实",
    "cleared": "已恢复",
    "closed": "已结案",
}

Document = Mapping[str, Any]


class Words(NamedTuple):
    """A title of one line and a text of several, in two languages."""

    title_zh: str
    title_en: str
    text_zh: str
    text_en: str


def words_of(reason: str, mode: str, groups: Sequence[Document], message: str = "") -> Words:
    """Return what a notice says.

    Args:
        reason: why it is sent.
        mode: of what it is about; all but ``actual`` is framed in the title.
        groups: as they stand in the body of the notice.
        message: what a person has to say; it leads the text.
    """
    frame_zh, frame_en = _MODES.get(mode, ("", ""))
    titles = _title(reason, groups)
    lead = [message] if message else []
    return Words(
        frame_zh + titles[0],
        frame_en + titles[1],
        "\n".join([*lead, *(line for group in groups for line in _lines_zh(group))]),
        "\n".join([*lead, *(line for group in groups for line in _lines_en(group))]),
    )


def _title(reason: str, groups: Sequence[Document]) -> tuple[str, str]:
    if len(groups) != 1:
        if not groups:
            return "CityTwin 测试通知", "CityTwin test notice"
        return f"{len(groups)} 起事件", f"{len(groups)} incidents"
    group = groups[0]
    zh, en = _REASONS.get(reason, ("", reason))
    level_zh, level_en = _LEVELS.get(group["level"], ""), group["level"] or ""
    return (
        f"{level_zh}{zh}：{group['title_zh']}".strip(),
        f"{level_en} {en}: {group['title_en']}".strip(),
    )


def _lines_zh(group: Document) -> list[str]:
    head = f"{group['title_zh']}（{_number(group)}），自 {_clock(group['since'])}"
    lines = [
        f"- {_LEVELS.get(alert['level'], '')} {alert['entity_name']}：{_said(alert, 'zh')}"
        f"（{_STATES.get(alert['state'], alert['state'])}，{alert['reason']}）"
        for alert in group["alerts"][:_MOST_LINES]
    ]
    return [head, *lines, *_rest(group, "- 另有 {} 条")]


def _lines_en(group: Document) -> list[str]:
    head = f"{group['title_en']} ({_number(group)}), since {_clock(group['since'])}"
    lines = [
        f"- {alert['level']} {alert['entity_name']}: {_said(alert, 'en')}"
        f" ({alert['state'].replace('_', ' ')}; {alert['reason']})"
        for alert in group["alerts"][:_MOST_LINES]
    ]
    return [head, *lines, *_rest(group, "- and {} more")]


def _rest(group: Document, form: str) -> list[str]:
    more = group["alert_count"] - min(len(group["alerts"]), _MOST_LINES)
    return [form.format(more)] if more > 0 else []


def _said(alert: Document, language: str) -> str:
    return str(alert[f"title_{language}"] or alert["rule"])


def _number(group: Document) -> str:
    return str(group["subject"]).replace(":", " ")


def _clock(text: str | None) -> str:
    if text is None:
        return "?"
    local = datetime.fromisoformat(text).astimezone(LOCAL)
    return local.strftime("%Y-%m-%d %H:%M")


def short_text(words: Words, language: str, longest: int) -> str:
    """Return one line for a short message or a loudspeaker, at most so many characters."""
    parts = {"zh": [words.title_zh], "en": [words.title_en]}.get(
        language, [words.title_zh, words.title_en]
    )
    text = " / ".join(parts)
    return text if len(text) <= longest else text[: longest - 1] + "…"
