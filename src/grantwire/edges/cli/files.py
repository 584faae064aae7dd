"""Files: what a person names on the command line, read.

In: a path, or `-` for stdin. Out: bytes, text or JSON. Never: an exception that is not a `Refused`.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.json_text import read_json


def read_bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as fault:
        raise Refused(f"cannot read {path}", [Problem(str(path), f"{fault.strerror or fault}.")]) from None


def read_text(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as fault:
        problem = Problem(str(path), f"byte {fault.start} is not valid UTF-8.")
        raise Refused(f"cannot read {path}", [problem]) from None


def read_json_file(path: Path) -> Any:
    return json_of(read_bytes(path), path)


def json_of(content: bytes, path: Path) -> Any:
    """Raises `Refused` whose problems name the file."""
    try:
        return read_json(content)
    except Refused as refused:
        problems = [replace(one, path=f"{path}{f' {one.path}' if one.path else ''}") for one in refused.problems]
        raise Refused(f"{path} is not valid JSON", problems) from None
