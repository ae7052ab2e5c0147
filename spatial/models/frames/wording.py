"""How a value of a file is shown in a sentence."""

_SHOWN = 60


def shown(value: object) -> str:
    """Return a value as a sentence shows it, never longer than a line."""
    # A list of a million members is not written out to show its first words.
    if isinstance(value, list) and len(value) > _SHOWN:
        value = value[:_SHOWN]
    if isinstance(value, dict):
        return f"an object with {[str(name)[:_SHOWN] for name in list(value)[:3]]!r}"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
