"""What a request does to the register, in one transaction: one change set, or nothing."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from data.reference.class_properties import check_properties
from data.registry import (
    ChangeSet,
    EndedName,
    EndedRelation,
    EntityChange,
    EntityRetiredError,
    EntityUnknownError,
    NewName,
    NewRelation,
    Recorded,
    issue_codes,
    lifecycle,
    lock,
    record,
    srid_of,
)
from data.registry.lifecycle import Author
from twin.api.entity_bodies import (
    ChangedFacts,
    Facts,
    GivenName,
    NewEntity,
    NewNumber,
    Split,
)
from twin.api.entity_detail import VERSION_OF
from twin.api.problems import MalformedError, UnknownError
from twin.api.register_shapes import county_around, placed
from twin.api.register_store import Connection
from twin.codes import canonical

_TEXTS = frozenset({"name", "owner", "steward", "address"})
_AS_SAID = (*sorted(_TEXTS), "height_m", "properties", "stage", "valid_from", "valid_to")
_DECLARED = "declared"

_WHOLE = """
    SELECT target FROM relation
    WHERE origin = %s AND kind = 'part_of' AND superseded_in IS NULL"""


class VersionError(Exception):
    """An entity that somebody else has changed meanwhile. Read it again and decide anew."""


class Done(NamedTuple):
    """What a request did to the register.

    Attributes:
        codes: of the entities that the answer tells.
        recorded: what the change set did.
        warnings: sentences about what was mended, left out or soon runs out.
    """

    codes: Sequence[int]
    recorded: Recorded
    warnings: Sequence[str] = ()


def create(register: Connection, author: Author, new: NewEntity) -> Done:
    """Make an entity under a code that is issued for it.

    Raises:
        MalformedError: its geometry or county cannot be taken.
        InvalidPropertyError: a property that its class cannot have.
        ChangeRefusedError: a name is taken, or its whole cannot have it.
        CodesExhaustedError: its class has no serials left in the county.
    """
    srid = srid_of(register)
    change, warnings = _change(0, new, srid)
    county = new.county or county_around(change.geometry, srid)
    check_properties(new.klass, new.properties)
    names = [_name(0, name) for name in new.names]
    # Codes are issued in a transaction of their own, so what can be refused before, is.
    register.commit()
    issued = issue_codes(register, county, new.klass, 1)
    (code,) = issued.codes
    recorded = record(
        register,
        ChangeSet(
            *author,
            entities=[change._replace(code=code)],
            names=[name._replace(code=code) for name in names],
            relations=_whole(code, new.part_of),
        ),
    )
    return Done([code], recorded, [*warnings, *filter(None, [issued.warning])])


def change(
    register: Connection,
    author: Author,
    code: int,
    new: ChangedFacts,
    expected: Collection[int] | None = None,
) -> Done:
    """Change what ``new`` names of an entity.

    Args:
        register: in a transaction of its own.
        author: who and why.
        code: of the entity.
        new: what is to change; a part_of that is given moves it to another whole, or to none.
        expected: versions that the caller has seen, None for any.

    Raises:
        EntityUnknownError: it is not in the register.
        EntityRetiredError: it is retired.
        VersionError: its version is another.
        MalformedError: its geometry cannot be taken.
        InvalidPropertyError: a property that its class cannot have.
        ChangeRefusedError: its whole cannot have it.
    """
    lock(register)
    _require_version(register, code, expected)
    made, warnings = _change(code, new, srid_of(register))
    ended: list[EndedRelation] = []
    if "part_of" in new.model_fields_set and new.part_of is None:
        found = register.execute(_WHOLE, (code,))
        ended = [EndedRelation(code, "part_of", whole) for (whole,) in found]
    recorded = record(
        register,
        ChangeSet(
            *author,
            entities=[made],
            relations=_whole(code, new.part_of),
            ended_relations=ended,
        ),
    )
    return Done([code], recorded, warnings)


def split(register: Connection, author: Author, code: int, asked: Split) -> Done:
    """Make one entity several; parts without a code get one of its county and class.

    Raises:
        EntityUnknownError: the entity is not in the register.
        EntityRetiredError: it is retired.
        MalformedError: a geometry cannot be taken, or a name goes to a part that is not there.
        ChangeRefusedError: a part is of another class, or a name not the entity's.
    """
    _require_version(register, code, None)
    srid = srid_of(register)
    made = [_change(part.code or 0, part, srid) for part in asked.parts]
    for part in asked.parts:
        check_properties(str(code)[6:10], part.properties)
    if strays := [name for name in asked.names if name.part >= len(made)]:
        raise MalformedError(f"part {strays[0].part}: expected a position in parts, from 0")
    register.commit()
    new = sum(part.code is None for part in asked.parts)
    codes = iter(issue_codes(register, str(code)[:6], str(code)[6:10], new).codes if new else ())
    parts = [part._replace(code=part.code or next(codes)) for part, _ in made]
    names = {
        (name.scheme, canonical(name.scheme, name.value)): parts[name.part].code
        for name in asked.names
    }
    recorded = lifecycle.split(register, author, code, parts, names)
    warnings = [warning for _, found in made for warning in found]
    return Done([part.code for part in parts], recorded, warnings)


def renumber(register: Connection, author: Author, code: int, asked: NewNumber) -> Done:
    """Give an entity a code of another class or county.

    Raises:
        EntityUnknownError: it is not in the register.
        EntityRetiredError: it is retired.
        InvalidPropertyError: a property that the new class cannot have.
        CodesExhaustedError: the class has no serials left in the county.
    """
    _require_version(register, code, None)
    register.commit()
    county, klass = asked.county or str(code)[:6], asked.klass or str(code)[6:10]
    if (county, klass) == (str(code)[:6], str(code)[6:10]):
        raise MalformedError(f"entity {code}: expected another county or class than its own")
    issued = issue_codes(register, county, klass, 1)
    (new_code,) = issued.codes
    recorded = lifecycle.renumber(register, author, code, new_code)
    return Done([new_code], recorded, [issued.warning] if issued.warning else [])


def add_names(register: Connection, author: Author, code: int, names: Sequence[GivenName]) -> Done:
    """Give an entity names.

    Raises:
        EntityUnknownError: it is not in the register.
        EntityRetiredError: it is retired.
        NameTakenError: a name means another entity.
        InvalidIdentifierError: a value is none of its scheme's.
    """
    lock(register)
    _require_version(register, code, None)
    given = [_name(code, name) for name in names]
    return Done([code], record(register, ChangeSet(*author, names=given)))


def end_name(register: Connection, author: Author, code: int, scheme: str, value: str) -> Done:
    """End a name of an entity.

    Raises:
        UnknownError: the entity has no such name.
        InvalidIdentifierError: the value is none of its scheme's.
    """
    ended = EndedName(code, scheme, value)
    recorded = record(register, ChangeSet(*author, ended_names=[ended]))
    if not recorded.names:
        raise UnknownError(f"{scheme} name {value!r}: entity {code} has no such name")
    return Done([code], recorded)


def _change(code: int, facts: Facts, srid: int) -> tuple[EntityChange, list[str]]:
    """Return what the facts say of an entity, and warnings about its shape."""
    given = facts.model_fields_set
    said: dict[str, Any] = {name: getattr(facts, name) for name in _AS_SAID if name in given}
    said |= {name: "" for name in _TEXTS & said.keys() if said[name] is None}
    warnings: list[str] = []
    if "geometry" in given:
        said["geometry"], warnings = placed(facts.geometry, srid)
    return EntityChange(code, **said), warnings


def _require_version(register: Connection, code: int, expected: Collection[int] | None) -> None:
    found = register.execute(VERSION_OF, {"code": code}).fetchone()
    if found is None:
        raise EntityUnknownError(f"entity {code}: not in the register")
    version, retired = found
    if retired:
        successors = lifecycle.follow(register, code)
        instead = f", it is {', '.join(map(str, successors))} now" if successors else ""
        raise EntityRetiredError(f"entity {code} is retired{instead}: expected one in use")
    if expected is not None and version not in expected:
        raise VersionError(f"entity {code}: its version is {version}, expected {min(expected)}")


def _name(code: int, name: GivenName) -> NewName:
    value = canonical(name.scheme, name.value)
    return NewName(code, name.scheme, value, name.code_system, name.valid_from, name.valid_to)


def _whole(code: int, whole: int | None) -> list[NewRelation]:
    return [] if whole is None else [NewRelation(code, "part_of", whole, _DECLARED)]
