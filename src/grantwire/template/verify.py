"""Reads a finished JSON body once more before it leaves: is it valid JSON?

In: text. Out: nothing, or an exception where it is none.
Never: a verdict that depends on what is installed. msgspec, where it is there, only says yes faster; what it does not
take (a half of a UTF-16 pair, spelled out) is judged by the standard library, which alone says no.
"""

from collections.abc import Callable
from json import JSONDecoder
from typing import Final, NoReturn

try:
    from msgspec import Raw
    from msgspec.json import Decoder
except ImportError:
    Raw = None  # type: ignore[assignment, misc]


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
