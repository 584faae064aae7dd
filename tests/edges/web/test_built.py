"""The console is served whole or not at all."""

from pathlib import Path

import pytest

from grantwire.domain.errors import Refused
from grantwire.edges.web.built import load_built


def test_without_its_scripts_and_styles_the_start_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"the console was not built.*make setup"):
        load_built(tmp_path)


def test_every_file_of_the_manifest_is_there() -> None:
    built = load_built()
    assert {"console.css", "console.js", "theme.js", "icon.svg"} <= set(built.names)
    assert set(built.names.values()) <= set(built.files)
