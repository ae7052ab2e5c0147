"""What is kept of a password, which tests on a store keep at less cost."""

from twin.api.passwords import hash_password


def test_a_guess_at_a_kept_password_costs_what_rfc_9106_asks_where_memory_is_short() -> None:
    kept = hash_password("li", "a password of many words")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_same_password_is_kept_in_another_way_each_time() -> None:
    kept = {hash_password("li", "a password of many words") for _ in range(2)}
    assert len(kept) == 2
