"""The words of an import map that the project's tables know; each check says what is expected."""

from contextlib import suppress
from functools import cache

from pyproj.exceptions import CRSError

from data.reference import entity_classes, relation_kinds
from data.reference.class_properties import EXTRA_PREFIX, property_kinds
from spatial.crs import called
from spatial.files.text_encoding import codec_of
from twin.codes import InvalidIdentifierError, UnknownSchemeError, parse_in


def known_class(code: object) -> str:
    """Return the class, or refuse one that is no row of ``classes.csv``."""
    if not isinstance(code, str) or code not in entity_classes():
        raise ValueError(f"class {code!r}: expected four digits of classes.csv, e.g. '8101'")
    return code


def known_scheme(scheme: str) -> str:
    """Return the scheme, or refuse one in which nothing can have a name."""
    # A scheme that is known judges the value, which is none of any scheme's.
    with suppress(InvalidIdentifierError):
        try:
            parse_in(scheme, "")
        except UnknownSchemeError as error:
            raise ValueError(str(error)) from None
    return scheme


def known_name_scheme(scheme: str) -> str:
    """Return the scheme of a further name: any but the code, which is issued."""
    if scheme == "code":
        raise ValueError("scheme 'code': codes are issued, expected a scheme of names")
    return known_scheme(scheme)


def known_relation(kind: str) -> str:
    """Return the kind of relation, or refuse one that there is not."""
    if kind not in relation_kinds():
        expected = ", ".join(relation_kinds())
        raise ValueError(f"relation {kind!r}: expected one of {expected}")
    return kind


def known_property(name: str) -> str:
    """Return the property, or refuse one that no class has."""
    if name.startswith(EXTRA_PREFIX) or name in _property_names():
        return name
    raise ValueError(f"property {name!r}: expected one of properties.csv, or {EXTRA_PREFIX}…")


def known_crs(system: str) -> str:
    """Return the CRS, or refuse one that PROJ does not know."""
    try:
        called(system)
    except CRSError:
        raise ValueError(f"CRS {system!r}: expected one that is known, e.g. 'EPSG:4547'") from None
    return system


def known_encoding(name: str) -> str:
    """Return the encoding, or refuse one that there is not."""
    if codec_of(name) is None:
        raise ValueError(f"encoding {name!r}: expected one that is known, e.g. 'gb18030'")
    return name


@cache
def _property_names() -> frozenset[str]:
    return frozenset(name for klass in entity_classes() for name in property_kinds(klass))
