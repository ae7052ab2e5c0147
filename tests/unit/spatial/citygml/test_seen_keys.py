from hypothesis import given
from hypothesis import strategies as st

from spatial.models.citygml.seen_keys import SeenKeys


@given(st.lists(st.text(max_size=3), max_size=300))
def test_a_key_is_new_once(keys: list[str]) -> None:
    seen = SeenKeys()
    assert [seen.add(key) for key in keys] == [key not in keys[:at] for at, key in enumerate(keys)]
    assert len(seen) == len(set(keys))


def test_many_keys_are_kept_apart() -> None:
    seen = SeenKeys()
    assert all(seen.add(f"unf_{number}") for number in range(20_000))
    assert not any(seen.add(f"unf_{number}") for number in range(20_000))
