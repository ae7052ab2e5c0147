"""How commands speak: results go to standard output, everything else to standard error."""

import json

from rich.console import Console

_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell a person something."""
    _errors.print(text, markup=False)


def print_json(value: object) -> None:
    """Print a command's result for programs."""
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201 - the command's result
