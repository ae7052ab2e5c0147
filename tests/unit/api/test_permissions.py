"""Every door asks for a permission, and one table says which role holds it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from twin.api.access import Caller, Needs
from twin.api.accounts import REFUSALS
from twin.api.app import create_app
from twin.api.config import WebConfig
from twin.api.people import STATUS
from twin.api.permissions import (
    GRANTS,
    InvalidGrantError,
    Permission,
    Role,
    check_scopes,
    permissions_of,
)
from twin.api.problems import NotAllowedError, NotSignedInError

OPEN = {
    "/": "the page itself; what it shows it asks for",
    "/assets": "files of the page",
    "/e/{code}": "a scanned label leads to where rights are asked for",
    "/healthz": "a supervisor has no account",
    "/readyz": "a supervisor has no account",
    "/metrics": "figures of the process, not of the city",
    "/openapi.json": "the description of these doors",
    "/api/v1/live": "a WebSocket; its own test stands in test_live",
}
SEEING = {"GET", "HEAD"}


READING_POSTS = {
    "/api/v1/entities/resolve",
    "/api/v1/areas/contents",
    "/api/v1/areas/summary",
    "/api/v1/models/{model:path}/heights",
    "/api/v1/networks/sources",
}
"""Ask for more than an address can hold, and change nothing."""

SIGNED_POSTS = {"/api/v1/receipts/{notice}": "the token of the notice is the right to answer it"}


def needed(dependant: Dependant) -> Iterator[Permission]:
    """Yield every permission that a route asks for."""
    if isinstance(dependant.call, Needs):
        yield dependant.call.permission
    for part in dependant.dependencies:
        yield from needed(part)


def doors() -> Iterator[tuple[str, str, set[Permission]]]:
    """Yield method, path and needed permissions of everything that the app serves."""
    app = create_app(WebConfig(), store_url="host=nowhere", frames=None)
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        methods = ["GET"] if isinstance(route.route, Mount) else sorted(route.methods or {"GET"})
        dependant: Any = getattr(route, "dependant", None)
        permissions = set() if dependant is None else set(needed(dependant))
        for method in methods:
            yield method, path, permissions


def test_every_door_that_shows_something_needs_the_permission_to_read() -> None:
    seen = [(path, held) for method, path, held in doors() if method in SEEING]
    assert len(seen) > 20
    for path, permissions in seen:
        if "/people/" in path:
            assert Permission.PEOPLE_MANAGE in permissions, path
        assert (Permission.READ in permissions) != (path in OPEN), path


def test_every_door_that_changes_something_needs_more_than_to_read() -> None:
    changing = [door for door in doors() if door[0] not in SEEING]
    assert len(changing) >= 5
    for method, path, permissions in changing:
        if path in READING_POSTS:
            assert permissions == {Permission.READ}, f"{method} {path}"
        elif path in SIGNED_POSTS:
            assert not permissions, f"{method} {path}"
        else:
            assert permissions - {Permission.READ}, f"{method} {path}"


def test_no_open_door_is_gone() -> None:
    assert set(OPEN) <= {path for _, path, _ in doors()}


def test_each_role_holds_what_the_city_gave_it() -> None:
    assert set(GRANTS) == set(Role)
    assert GRANTS[Role.ADMINISTRATOR] == set(Permission)
    assert GRANTS[Role.VIEWER] == {Permission.READ}
    assert GRANTS[Role.OPERATOR] < GRANTS[Role.DISPATCHER]
    assert GRANTS[Role.FIELD] == {
        Permission.READ,
        Permission.FIELD_REPORT,
        Permission.ALERT_ACKNOWLEDGE,
    }
    assert GRANTS[Role.STEWARD] == {
        Permission.READ,
        Permission.REGISTER_WRITE,
        Permission.READINGS_WRITE,
    }
    for role, held in GRANTS.items():
        assert Permission.READ in held
        assert (Permission.PEOPLE_MANAGE in held) == (role is Role.ADMINISTRATOR)


def test_scopes_take_away_and_never_give() -> None:
    everything = {str(permission) for permission in Permission}
    for role, held in GRANTS.items():
        assert permissions_of(role, ()) == held
        assert permissions_of(role, everything) == held
        for scope in everything:
            assert permissions_of(role, {scope}) == held & {scope}


def test_a_scope_of_a_newer_version_allows_nothing() -> None:
    assert permissions_of(Role.ADMINISTRATOR, ["city.fly"]) == frozenset()


@pytest.mark.parametrize("scope", ["city.fly", "", "people.manage", "READ"])
def test_a_scope_outside_the_role_is_refused(scope: str) -> None:
    with pytest.raises(InvalidGrantError, match="expected of a key that is operator: alert"):
        check_scopes(Role.OPERATOR, ["read", scope])


def test_an_unknown_role_is_refused_with_those_that_there_are() -> None:
    assert Role.named("field") is Role.FIELD
    for name in ("king", "VIEWER", ""):
        with pytest.raises(InvalidGrantError, match=r"expected one of viewer, operator, disp"):
            Role.named(name)


def test_who_may_not_is_told_who_may() -> None:
    viewer = Caller("li", Role.VIEWER, GRANTS[Role.VIEWER], "local")
    viewer.require(Permission.READ)
    with pytest.raises(NotAllowedError, match=r"register\.write \(of steward, administrator\)"):
        viewer.require(Permission.REGISTER_WRITE)
    with pytest.raises(NotSignedInError, match="sign in"):
        viewer._replace(issuer="anonymous").require(Permission.REGISTER_WRITE)
    limited = Caller("key x", Role.OPERATOR, frozenset({Permission.READ}), "key")
    with pytest.raises(NotAllowedError, match="key x is operator with other scopes"):
        limited.require(Permission.ALERT_HANDLE)


def test_every_refusal_of_a_change_has_a_status() -> None:
    assert set(STATUS) == set(REFUSALS)
