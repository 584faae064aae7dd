"""Two people changed one definition: what each changed alone is merged, what both changed is theirs to choose."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grantwire.steps.merge_changes import Side, sides_of, with_fields

BEGAN = {
    "name": "n",
    "timeout_seconds": 30,
    "headers": {"X-A": "1"},
    "filters": {"integration": ["a"], "not": {"requester": ["r"]}},
    "auth": {"type": "bearer", "token": "•••"},
}


def test_what_differs_is_told_by_field() -> None:
    now = BEGAN | {"timeout_seconds": 12, "filters": {"integration": ["a", "b"], "not": {}}}
    mine = BEGAN | {"timeout_seconds": 45, "headers": [{"name": "x-a", "value": "2"}]}
    sides = {side.path: side for side in sides_of(BEGAN, now=now, mine=mine)}
    assert sides["timeout_seconds"].is_clash
    assert sides["filters.integration"] == Side("filters.integration", "a", "a, b", "a")
    assert sides["filters.not.requester"].is_theirs
    assert (sides["headers.x-a"].is_clash, sides["headers.x-a"].is_theirs) == (False, False)
    assert "auth" not in sides


def test_fields_are_taken_or_taken_away() -> None:
    theirs = BEGAN | {"headers": {"X-B": "3"}, "auth": {"type": "none"}}
    taken = with_fields(BEGAN, of=theirs, names={"headers.x-a", "headers.x-b", "auth"})
    assert taken["headers"] == [{"name": "X-B", "value": "3"}]
    assert taken["auth"] == {"type": "none"}
    assert taken["filters"] == BEGAN["filters"]


names = st.sampled_from(["a", "b", "c"])
definitions = st.fixed_dictionaries(
    {},
    optional={
        "timeout_seconds": st.integers(1, 3),
        "headers": st.dictionaries(names, names),
        "filters": st.fixed_dictionaries({}, optional={"integration": st.lists(names, min_size=1)}),
        "auth": st.fixed_dictionaries({"type": names}, optional={"token": names}),
    },
)


@given(definitions, definitions, definitions)
def test_a_merge_loses_no_change_of_either(began: dict[str, Any], now: dict[str, Any], mine: dict[str, Any]) -> None:
    sides = sides_of(began, now=now, mine=mine)
    merged = with_fields(mine, of=now, names={side.path for side in sides if side.is_theirs})
    after = {side.path: side.now for side in sides_of({}, now=merged, mine={})}
    for side in sides:
        assert after.get(side.path, "") == (side.now if side.is_theirs else side.mine)
