"""Built: the scripts, styles and icons that `assets/build.mjs` made.

In: the folder `static` beside this file. Out: files by address, and what stands for a name. Never: a file from
elsewhere; all are read once, at the start.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type
from pathlib import Path

import msgspec

from grantwire.domain.errors import Problem, Refused

FOLDER = Path(__file__).parent / "static"
_CURE = "In a checkout: run `make setup`. Of an installed package: install it again from a complete build."


@dataclass(frozen=True, slots=True)
class BuiltFile:
    content: bytes
    zipped: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Built:
    """`names` maps `console.css` to its file, whose name has a part that changes with the content. `icons` are the
    insides of `<svg>` elements."""

    files: Mapping[str, BuiltFile]
    names: Mapping[str, str]
    icons: Mapping[str, str]

    def address(self, name: str) -> str:
        return f"/assets/{self.names[name]}"


@cache
def load_built(folder: Path = FOLDER) -> Built:
    """Raises `Refused` when the console was not built."""
    try:
        names = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=dict[str, str])
        icons = msgspec.json.decode((folder / "icons.json").read_bytes(), type=dict[str, str])
        files = {path.name: _file(path) for path in folder.iterdir() if path.suffix in {".js", ".css", ".svg"}}
    except FileNotFoundError:
        problem = Problem("", "The scripts and styles of its pages are missing.", _CURE)
        raise Refused("the console was not built", [problem]) from None
    return Built(files, names, icons)


def _file(path: Path) -> BuiltFile:
    content = path.read_bytes()
    return BuiltFile(content, gzip.compress(content, 9, mtime=0), guess_type(path.name)[0] or "text/plain")
