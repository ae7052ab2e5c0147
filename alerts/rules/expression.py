"""Conditions by name, joined by ``and``, ``or``, ``not`` and parentheses."""

import ast
from collections.abc import Mapping
from typing import NamedTuple

_LONGEST = 1000


class Expression(NamedTuple):
    """What must hold together.

    Attributes:
        text: as it was written.
        names: of the conditions, in the order in which they are first named.
        negated: those of them that stand behind a ``not``.
    """

    text: str
    names: tuple[str, ...]
    negated: frozenset[str]

    def holds(self, said: Mapping[str, bool]) -> bool:
        """Return whether it holds where each condition holds or does not."""
        return _holds(_parsed(self.text), said)


def parse(text: str) -> Expression:
    """Return an expression.

    Raises:
        ValueError: something else than names, ``and``, ``or``, ``not`` and parentheses, or too
            much of it.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"{_refused(text[:50])} in at most {_LONGEST} characters")
    root = _parsed(text)
    names: list[str] = []
    negated: set[str] = set()
    _collect(root, names, negated, under_not=False)
    return Expression(text, tuple(dict.fromkeys(names)), frozenset(negated))


def _parsed(text: str) -> ast.expr:
    try:
        root = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(_refused(text)) from None
    if not all(_is_known(node) for node in ast.walk(root)):
        raise ValueError(_refused(text))
    return root


def _is_known(node: ast.AST) -> bool:
    known = ast.BoolOp | ast.And | ast.Or | ast.Not | ast.Name | ast.Load
    return isinstance(node, known) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def _refused(text: str) -> str:
    return f"{text!r}: expected names of conditions with and, or, not and parentheses"


def _collect(node: ast.expr, names: list[str], negated: set[str], *, under_not: bool) -> None:
    match node:
        case ast.Name(id=name):
            names.append(name)
            if under_not:
                negated.add(name)
        case ast.UnaryOp(operand=operand):
            _collect(operand, names, negated, under_not=not under_not)
        case ast.BoolOp(values=values):
            for value in values:
                _collect(value, names, negated, under_not=under_not)


def _holds(node: ast.expr, said: Mapping[str, bool]) -> bool:
    match node:
        case ast.Name(id=name):
            return said[name]
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, said)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, said) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, said) for value in values)
    raise TypeError(f"{node!r}: expected a node that was checked")
