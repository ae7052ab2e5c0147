"""The one error that a person at the terminal gets to read."""


class CannotGoOnError(Exception):
    """Something outside this program must change first; the message says what."""
