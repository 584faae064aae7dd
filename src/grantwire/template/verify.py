"""Reads a finished body once more before it leaves: is it valid JSON, or well-formed XML?

In: text. Out: nothing, or an exception where it is none.
Never: a verdict that depends on what is installed. msgspec, where it is there, only says yes faster; what it does not
take (a half of a UTF-16 pair, spelled out) is judged by the standard library, which alone says no.
"""

from collections.abc import Callable
from json import JSONDecoder
from typing import Any, Final, NoReturn
from xml.parsers.expat import ParserCreate

from grantwire.template.escape import sendable
from grantwire.template.tree import Mode

try:
    from msgspec import Raw
    from msgspec.json import Decoder
except ImportError:
    Raw = None  # type: ignore[assignment, misc]


Reader = Callable[[str], Any]


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


#: Numbers stay text: JSON knows no largest one, and Python refuses to read thousands of digits.
_DECODER: Final = JSONDecoder(parse_float=str, parse_int=str, parse_constant=_not_json)


def judge(text: str) -> None:
    """The verdict, by RFC 8259: unlike Python's own default without NaN and Infinity.

    Raises ValueError, or RecursionError for what is nested deeper than Python reads.
    """
    _DECODER.decode(text)


#: Reads all of a text and, as `Raw`, builds no values of it: a tenth of the standard library's time. What it raises
#: is for `judge` to decide.
quick: Final[Callable[[str], object]] = judge if Raw is None else Decoder(Raw).decode


def judge_xml(text: str) -> None:
    """Python's own expat, which keeps no tree and, as there is no document type, expands nothing.

    Raises ExpatError, or ValueError for a document type.
    """
    parser = ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.Parse(sendable(text), True)  # noqa: FBT003  expat's own signature


def _no_document_type(*_: object) -> NoReturn:
    raise ValueError("a document type is not allowed")


def reader_of(mode: Mode, read_json: Reader) -> Reader | None:
    """How a finished body of that mode is read back; None: not at all."""

    def read_lines(text: str) -> None:
        for line in filter(str.strip, text.split("\n")):
            read_json(line)

    return {Mode.JSON: read_json, Mode.NDJSON: read_lines, Mode.XML: judge_xml}.get(mode)
