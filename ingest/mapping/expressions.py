"""Expressions that find values in JSON: JMESPath, checked when the mapping is read."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

import jmespath
from jmespath.exceptions import JMESPathError, LexerError, ParseError
from jmespath.functions import Functions

_ROOT: Final = "$."
_SHOWN_CHARS: Final = 200
"""Of a sentence of the library, which repeats the value whatever its size."""


class BadExpressionError(ValueError):
    """A text that is no JMESPath expression. Correct it where the sentence points."""


class FailedExpressionError(ValueError):
    """An expression that cannot be applied to a message: a function got another type."""


class Expression:
    """A JMESPath expression; one that begins with ``$.`` looks at the whole message.

    Args:
        text: as it is written in the mapping.

    Raises:
        BadExpressionError: with the place of the mistake.
    """

    __slots__ = ("_compiled", "_of_whole", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._of_whole = text.startswith(_ROOT)
        self._compiled = _compiled(text.removeprefix(_ROOT), len(_ROOT) if self._of_whole else 0)

    @classmethod
    def of(cls, written: object) -> Self:
        """Return the expression of a text, for a table's field.

        Raises:
            BadExpressionError: no text, or no expression.
        """
        if not isinstance(written, str):
            raise BadExpressionError(f"expression {written!r}: expected a text, e.g. 'data.level'")
        return cls(written)

    def find(self, row: object, whole: object) -> object:
        """Return what it finds in a row, or in the whole message; None if nothing.

        Raises:
            FailedExpressionError: a function cannot take what it was given.
        """
        try:
            return self._found(whole if self._of_whole else row)
        except RecursionError as error:  # of functions, comparisons, and their errors' texts
            raise FailedExpressionError(
                f"expression {self.text!r}: the message is too deep for it, expected fewer levels"
            ) from error

    def _found(self, document: object) -> object:
        try:
            return self._compiled.search(document)
        except (ArithmeticError, TypeError, ValueError) as error:
            # Beside its own errors the library lets those of Python's functions through, as of
            # ceil(to_number('1e999')).
            raise FailedExpressionError(
                f"expression {self.text!r}: {_first_line(error)}"
            ) from error


def _compiled(text: str, offset: int) -> Any:  # noqa: ANN401 - jmespath's parsed result
    try:
        compiled = jmespath.compile(text)
    except LexerError as error:
        raise BadExpressionError(_pointed(text, error.lexer_position + offset, error)) from error
    except ParseError as error:
        raise BadExpressionError(_pointed(text, error.lex_position + offset, error)) from error
    except JMESPathError as error:
        raise BadExpressionError(f"expression {text!r}: {_first_line(error)}") from error
    for name in _functions(compiled.parsed):
        if name not in Functions.FUNCTION_TABLE:
            known = ", ".join(sorted(Functions.FUNCTION_TABLE))
            raise BadExpressionError(
                f"expression {text!r}: function {name!r}, expected one of {known}"
            )
    return compiled


def _functions(node: Mapping[str, Any]) -> Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _functions(child)


def _pointed(text: str, position: int, error: JMESPathError) -> str:
    return f"expression {text!r}: {_first_line(error)} (at character {position + 1})"


def _first_line(error: Exception) -> str:
    line = str(error).partition("\n")[0].partition(": Parse error")[0].rstrip(":")
    shown = line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"
    return shown[:1].lower() + shown[1:]
