"""Settings and accounts refuse what cannot work."""

import pytest
from pydantic import ValidationError

from twin.api.accounts import create_account, create_api_key
from twin.api.config import WebConfig
from twin.api.keys import key_digest
from twin.api.maps import TileCache, TileKey
from twin.api.names import InvalidNameError
from twin.api.passwords import InvalidPasswordError


def test_the_defaults_listen_to_this_machine_only_and_let_strangers_look() -> None:
    config = WebConfig()
    assert (config.host, config.port, config.anonymous_role) == ("127.0.0.1", 8080, "viewer")


@pytest.mark.parametrize(
    "wrong", [{"prot": 1}, {"port": 0}, {"anonymous_role": "administrator"}, {"pool_max": 1}]
)
def test_an_unknown_or_impossible_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebConfig.model_validate(wrong)


@pytest.mark.parametrize(
    "name",
    [
        *("", "a:b", "a\0", "a\nb", "x" * 201, "key demo", "a/b", "..", "anonymous", "Twin"),
        *("e\u0301", "\ud800", "a\u2028b", "a\u3000b"),
    ],
)
def test_a_name_that_http_cannot_carry_or_that_is_another_actors_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        create_account(None, name, "long enough so far", "viewer")  # type: ignore[arg-type]
    with pytest.raises(InvalidNameError):
        create_api_key(None, name, "viewer")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "password",
    ["", "x" * 11, "x" * 257, "administrator", "\ud800" * 12, "ＡＤＭＩＮＩＳＴＲＡＴＯＲ"],
)
def test_a_password_that_is_short_or_the_name_itself_is_refused(password: str) -> None:
    with pytest.raises(InvalidPasswordError):
        create_account(None, "Administrator", password, "viewer")  # type: ignore[arg-type]


def test_a_digest_does_not_tell_its_key() -> None:
    assert len(key_digest("secret")) == 32
    assert key_digest("secret") != key_digest("Secret")


def test_the_tiles_that_were_longest_not_asked_for_make_room() -> None:
    cache = TileCache(most_bytes=10)
    keys = [TileKey(1, "city", 9, x, 0) for x in range(3)]
    cache.put(keys[0], b"12345")
    cache.put(keys[1], b"12345")
    assert cache.get(keys[0]) == b"12345"
    cache.put(keys[2], b"1234")
    assert cache.get(keys[1]) is None
    assert cache.get(keys[0]) == b"12345"
    cache.put(keys[0], b"1")
    cache.put(keys[1], b"12345")
    assert all(cache.get(key) is not None for key in keys)
