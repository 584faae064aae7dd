"""JSON text: strict JSON from people and programs we do not know.

In: bytes. Out: the value they stand for, or every fault with its line and column, or its path.
Never: a value that another reader of the same bytes could see otherwise (duplicate keys, NaN, lone surrogates).
"""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from math import isfinite
from typing import Any, NoReturn

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.shape import path_to

DEEPEST = 64  # levels of nesting; the deepest documented event has 7
LONGEST_INTEGER = 40  # digits; above any 128-bit number, below what costs quadratic time
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NO_BRACKETS = bytes(range(256)).translate(None, b"{}[]")
_STEP = [0] * 256
_STEP[ord("{")] = _STEP[ord("[")] = 1
_STEP[ord("}")] = _STEP[ord("]")] = -1
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Suspect(Exception):
    """The quick reader met something only the careful reader can name."""


def read_json(body: bytes) -> Any:
    """Raises `Refused` with what is wrong and where."""
    text = _decode(body)
    _check_depth(body)
    try:
        return _read(text)
    except json.JSONDecodeError as error:
        raise Refused("the body is not valid JSON", [_syntax_problem(error, text)]) from None


def _read(text: str) -> Any:
    if "\\ud" in text or "\\uD" in text:  # an escape that may be half a surrogate pair
        return _read_carefully(text)
    try:
        return _QUICK.decode(text)
    except _Suspect:
        return _read_carefully(text)


def _decode(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line, column = _place(body[: error.start].decode(errors="replace"))
        message = f"byte {error.start} (0x{body[error.start]:02x}) is not valid UTF-8"
        raise Refused("the body is not valid JSON", [Problem("", message, line=line, column=column)]) from None
    if text.startswith("\ufeff"):
        problem = Problem("", "starts with a byte order mark.", "Send UTF-8 without one.", line=1, column=1)
        raise Refused("the body is not valid JSON", [problem])
    return text


def _check_depth(body: bytes) -> None:
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEEPEST:
        line, column = _place_of_depth(body)
        message = f"is nested deeper than {DEEPEST} levels"
        raise Refused("the body is nested too deep", [Problem("", message, line=line, column=column)])


def _place_of_depth(body: bytes) -> tuple[int, int]:
    depth = 0
    for found in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[{}\[\]]', body, re.DOTALL):
        depth += _STEP[found[0][0]]
        if depth > DEEPEST:
            return _place(body[: found.start()].decode())
    return 1, 1


def _place(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows `before`."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax_problem(error: json.JSONDecodeError, text: str) -> Problem:
    message = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    if not text.strip():
        message = "is empty"
    return Problem("", message, line=error.lineno, column=error.colno)


# ── the quick reader ─────────────────────────────────────────────────────────────────────────────────────
def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Suspect
    return found


def _short_integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise _Suspect
    return int(text)


def _finite_float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise _Suspect
    return value


def _suspect(_text: str) -> NoReturn:
    raise _Suspect


_QUICK = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_short_integer, parse_float=_finite_float, parse_constant=_suspect
)


# ── the careful reader: marks what is wrong, then walks and names every mark ───────────────────────────────
class _Bad:
    """Stands in the tree for a value that is refused."""

    def __init__(self, why: str) -> None:
        self.why = why


class _Pairs(list[tuple[str, Any]]):
    """An object before its keys are checked."""


def _integer(text: str) -> int | _Bad:
    digits = len(text.lstrip("-"))
    return int(text) if digits <= LONGEST_INTEGER else _Bad(f"is an integer of {digits} digits, too long to be meant")


def _float(text: str) -> float | _Bad:
    value = float(text)
    return value if isfinite(value) else _Bad(f"{text[:40]} is too large for a number")


def _constant(text: str) -> _Bad:
    return _Bad(f"{text} is not JSON")


_CAREFUL = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _read_carefully(text: str) -> Any:
    tree = _CAREFUL.decode(text)
    problems = list(_faults(tree, ""))
    if problems:
        raise Refused("the body is not valid JSON", problems)
    return _plain(tree)


def _faults(value: Any, path: str) -> Iterator[Problem]:
    match value:
        case _Bad():
            yield Problem(path, value.why)
        case str() if _SURROGATE.search(value):
            yield Problem(path, "holds half a surrogate pair, which is no character")
        case _Pairs():
            seen: set[str] = set()
            for key, item in value:
                here = path_to(path, _SURROGATE.sub("\ufffd", key))
                if key in seen:
                    yield Problem(here, "is given twice")
                elif _SURROGATE.search(key):
                    yield Problem(here, "the key holds half a surrogate pair, which is no character")
                seen.add(key)
                yield from _faults(item, here)
        case list():
            for index, item in enumerate(value):
                yield from _faults(item, f"{path}[{index}]")


def _plain(value: Any) -> Any:
    match value:
        case _Pairs():
            return {key: _plain(item) for key, item in value}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value
