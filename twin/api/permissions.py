"""What each role may do: the one table that every door asks."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Self


class InvalidGrantError(ValueError):
    """A role or scope that does not exist, or a scope outside the role. Choose another."""


class Permission(StrEnum):
    """One thing that a caller may do; these are also the scopes of API keys."""

    READ = "read"
    """See everything but the accounts, keys and their log."""
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    """Take an alert on."""
    ALERT_HANDLE = "alert.handle"
    """Close an alert, and whatever else a person does with it."""
    ALERT_DISPATCH = "alert.dispatch"
    """Send somebody to where an alert is."""
    FIELD_REPORT = "field.report"
    """Report from the place what was found and done."""
    REGISTER_WRITE = "register.write"
    """Add, change, merge and retire entities, names and relations."""
    REGISTER_AUTHORITY = "register.authority"
    """Say whose word counts for a property of a class."""
    READINGS_WRITE = "readings.write"
    """Hand in readings over HTTP, and declared corrections."""
    DEVICE_COMMAND = "device.command"
    """Ask for commands to devices, and withdraw them."""
    DEVICE_COMMAND_APPROVE = "device.command.approve"
    """Approve, as the second person, what another one asked for."""
    RULES_WRITE = "rules.write"
    """Put rules in force and withdraw them."""
    PARKED_REPLAY = "parked.replay"
    """Offer parked messages again."""
    PEOPLE_MANAGE = "people.manage"
    """Manage accounts and API keys, and see who did what to them."""


class Role(StrEnum):
    """What an account, a key or a caller without either is; ``GRANTS`` says what that allows."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    FIELD = "field"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the role of that name.

        Raises:
            InvalidGrantError: there is no such role.
        """
        try:
            return cls(name)
        except ValueError:
            raise InvalidGrantError(f"role {name!r}: expected one of {', '.join(cls)}") from None


_VIEWER = frozenset({Permission.READ})
_OPERATOR = _VIEWER | {
    Permission.ALERT_ACKNOWLEDGE,
    Permission.ALERT_HANDLE,
    Permission.DEVICE_COMMAND,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.DISPATCHER: _OPERATOR | {Permission.ALERT_DISPATCH, Permission.DEVICE_COMMAND_APPROVE},
    Role.FIELD: _VIEWER | {Permission.FIELD_REPORT, Permission.ALERT_ACKNOWLEDGE},
    Role.STEWARD: _VIEWER | {Permission.REGISTER_WRITE, Permission.READINGS_WRITE},
    Role.ADMINISTRATOR: frozenset(Permission),
}


def permissions_of(role: Role, scopes: Collection[str]) -> frozenset[Permission]:
    """Return what a role may do within scopes; no scopes are no limit.

    A scope that this version does not know allows nothing.
    """
    return frozenset(held for held in GRANTS[role] if not scopes or held in scopes)


def check_scopes(role: Role, scopes: Collection[str]) -> None:
    """Refuse scopes that would allow nothing, or less than they seem to.

    Raises:
        InvalidGrantError: one of them is no permission, or none of the role's.
    """
    for scope in scopes:
        if scope not in GRANTS[role]:
            held = ", ".join(sorted(GRANTS[role]))
            raise InvalidGrantError(f"scope {scope!r}: expected of a key that is {role}: {held}")


def holders_of(permission: Permission) -> str:
    """Return the roles that hold a permission, in words."""
    return ", ".join(role for role, held in GRANTS.items() if permission in held)
