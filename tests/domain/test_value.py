"""Values of the trip: what the type checker takes for a frozen dataclass, made faster."""

import dataclasses

import pytest

from grantwire.domain.value import value


@value(frozen=True, slots=True)
class Pair:
    left: int
    right: str = ""


def test_a_value_is_equal_by_what_it_holds_and_can_be_a_key() -> None:
    assert Pair(1, "a") == Pair(1, "a") != Pair(1, "b")
    assert {Pair(1): "found"}[Pair(1)] == "found"


def test_a_value_is_copied_with_changes_and_has_no_room_for_others() -> None:
    assert dataclasses.replace(Pair(1), right="b") == Pair(1, "b")
    with pytest.raises(AttributeError):
        Pair(1).__dict__  # noqa: B018 - slots


def test_what_is_not_said_to_be_frozen_is_refused() -> None:
    with pytest.raises(TypeError, match="frozen"):
        value(frozen=False, slots=True)
