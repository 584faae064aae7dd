"""The reference pages of the edges are the code's."""

import pytest
from tests.edges.reference_pages import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_page_is_current(name: str) -> None:
    """Written anew by `python -m tests.edges.reference_pages`."""
    assert (DOCS / name).read_text() == PAGES[name]()
