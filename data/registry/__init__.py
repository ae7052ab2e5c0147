"""The register: entities with one code for life, their versions, names, relations and forwards."""

from data.registry.errors import (
    ChangeRefusedError,
    CodesExhaustedError,
    EntityRetiredError,
    EntityUnknownError,
    NameTakenError,
)
from data.registry.issuing import Issued, issue_codes
from data.registry.recording import lock, record, revision, srid_of
from data.registry.values import (
    KEEP,
    STAGES,
    ChangeSet,
    EndedName,
    EndedRelation,
    EntityChange,
    Forward,
    LinkRefusal,
    NewName,
    NewRelation,
    Recorded,
)

__all__ = [
    "KEEP",
    "STAGES",
    "ChangeRefusedError",
    "ChangeSet",
    "CodesExhaustedError",
    "EndedName",
    "EndedRelation",
    "EntityChange",
    "EntityRetiredError",
    "EntityUnknownError",
    "Forward",
    "Issued",
    "LinkRefusal",
    "NameTakenError",
    "NewName",
    "NewRelation",
    "Recorded",
    "issue_codes",
    "lock",
    "record",
    "revision",
    "srid_of",
]
