"""Attributes of instances, which may hold anything: a file is not checked against its schema."""

import math
from collections.abc import Sequence
from typing import Any

from ifcopenshell import entity_instance

_CANNOT_BE_READ = (AttributeError, IndexError, RuntimeError, TypeError, UnicodeDecodeError)
"""What the library raises for an attribute that its class has not, or its bytes do not spell."""
_HUGE = math.inf


def kind(instance: entity_instance) -> str:
    """Return the class of an instance, as ``IfcWall``."""
    name: str = instance.is_a()  # type: ignore[no-untyped-call]
    return name


def belongs(instance: entity_instance, name: str) -> bool:
    """Tell whether an instance is of a class or of one derived from it."""
    found: bool = instance.is_a(name)  # type: ignore[no-untyped-call]
    return found


def value(instance: entity_instance, name: str) -> Any:  # noqa: ANN401 - a file may say anything
    """Return what an instance says, None where it says nothing that can be read."""
    try:
        return getattr(instance, name)
    except _CANNOT_BE_READ:
        return None


def at(instance: entity_instance, place: int) -> Any:  # noqa: ANN401 - a file may say anything
    """Return what an instance says at a place, None where it says nothing that can be read."""
    try:
        return instance.get_argument(place)
    except _CANNOT_BE_READ:
        return None


def plain(said: object) -> Any:  # noqa: ANN401 - a file may say anything
    """Return the value of a typed one, ``IFCLENGTHMEASURE(3.)``, and any other as it is."""
    if isinstance(said, entity_instance):
        return value(said, "wrappedValue")
    return said


def number(said: object) -> float | None:
    """Return a finite number, None where it is none."""
    said = plain(said)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if math.isfinite(said) else None


def numbers(said: object) -> tuple[float, ...]:
    """Return finite numbers, none where one of them is not."""
    if not isinstance(said, tuple | list):
        return ()
    if all(type(each) is float and -_HUGE < each < _HUGE for each in said):
        return tuple(said)
    found = [number(each) for each in said]
    return tuple(each for each in found if each is not None) if None not in found else ()


def text(instance: entity_instance, name: str) -> str:
    """Return a text without blanks around it, empty where an instance says none."""
    said = plain(value(instance, name))
    return said.strip() if isinstance(said, str) else ""


def one(instance: entity_instance, name: str) -> entity_instance | None:
    """Return the instance that another one refers to."""
    said = value(instance, name)
    return said if isinstance(said, entity_instance) else None


def many(instance: entity_instance, name: str) -> tuple[entity_instance, ...]:
    """Return the instances that another one refers to, forward or inverse."""
    said = value(instance, name)
    if isinstance(said, entity_instance):
        return (said,)
    if not isinstance(said, Sequence):
        return ()
    return tuple(each for each in said if isinstance(each, entity_instance))
