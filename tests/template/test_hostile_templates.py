"""A template made to be slow to read is read, or refused, in a bounded number of steps: what is counted is calls."""

import sys
from collections.abc import Callable

import pytest
from hostile_shapes import REPEATED, SHAPES, SIZE, filled

from grantwire.template import TemplateError, compile_template

#: The largest templates anyone writes take about a fifth of this.
MOST_CALLS = 400_000


def calls_of(run: Callable[[], object]) -> int:
    """How many functions were called, Python's own among them."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def read(source: str, mode: str) -> None:
    try:
        compile_template(source, mode=mode, tier="generated")
    except TemplateError as error:
        assert len(error.problems) <= 50  # noqa: PT017  whether it is refused is not the point


@pytest.mark.parametrize("mode", ["text", "json"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_template_is_read_in_a_bounded_number_of_steps(shape: str, mode: str) -> None:
    assert calls_of(lambda: read(SHAPES[shape], mode)) < MOST_CALLS


@pytest.mark.parametrize("shape", REPEATED)
def test_twice_as_much_of_it_takes_at_most_about_twice_as_many_steps(shape: str) -> None:
    half, whole = (
        calls_of(lambda size=size: read(filled(REPEATED[shape], size), "json")) for size in (SIZE // 2, SIZE)
    )
    assert whole < 2.5 * half + 2000
