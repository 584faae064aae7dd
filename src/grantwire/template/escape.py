"""One function for each place: how a value is printed there so that it arrives whole and breaks nothing.

In: a place, once, when a template is compiled. Out: a function from a value to text, called on every render.
Never: guessing a place from the value, or letting a value through unescaped because it looks harmless.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from json.encoder import encode_basestring as quote
from typing import Final, TypeAlias
from urllib.parse import quote_from_bytes

from grantwire.template.html import html_text
from grantwire.template.tree import UNDEFINED, Kind, Mode, Place
from grantwire.template.values import Value, text_of

Escaper: TypeAlias = Callable[[Value], str]


class UnprintableValueError(ValueError):
    """A value that cannot stand in its place in any spelling; the message says why."""


@cache
def escaper_for(place: Place) -> Escaper:
    """`quote` is C code and the fastest way to escape; everything here is chosen before the first value comes."""
    match place.mode:
        case Mode.JSON | Mode.NDJSON:
            return json_value_escaper(place.depth) if place.kind is Kind.VALUE else json_string_escaper(place.depth)
        case Mode.XML:
            return xml_attribute if place.kind is Kind.ATTRIBUTE else xml_text
        case Mode.FORM:
            return form_component
        case Mode.URL:
            return path_segment if place.kind is Kind.PATH_SEGMENT else form_component
        case Mode.HEADER:
            return header_value
        case Mode.PLAIN:
            return text_of
        case Mode.TEXT:
            return text_of if place.kind is Kind.RAW else html_text


def json_string_escaper(depth: int) -> Escaper:
    """For text inside a JSON string whose document is nested in `depth` further strings."""
    return json_string if depth == 0 else lambda value: escape_again(json_string(value), depth)


def json_value_escaper(depth: int) -> Escaper:
    """For a whole JSON value in a document nested in `depth` strings."""
    return json_value if depth == 0 else lambda value: escape_again(json_value(value), depth)


def escape_again(text: str, times: int) -> str:
    for _ in range(times):
        escaped = quote(text)
        if len(escaped) == len(text) + 2:
            return text
        text = escaped[1:-1]
    return text


#: Halves of UTF-16 pairs: no text can be sent with them, but JSON can spell them.
SURROGATES: Final = re.compile("[\ud800-\udfff]")


def json_string(value: Value) -> str:
    """Text as it stands between the quotes of a JSON string. Lists and objects print as their JSON."""
    text = value if isinstance(value, str) else plain_text(value)
    escaped = quote(text)[1:-1]
    return escaped if escaped.isascii() else spell_surrogates(escaped)


def json_value(value: Value) -> str:
    """Missing is null; NaN and the infinities, which JSON does not know, are null too."""
    if isinstance(value, str):
        quoted = quote(value)
        return quoted if quoted.isascii() else spell_surrogates(quoted)
    if value is None or value is UNDEFINED:
        return "null"
    return json_text(value)


def spell_surrogates(text: str) -> str:
    return SURROGATES.sub(lambda half: f"\\u{ord(half.group()):04x}", text)


def plain_text(value: Value) -> str:
    return json_text(value) if isinstance(value, dict | list | tuple) else text_of(value)


#: Compact like JavaScript's `JSON.stringify`; what is no JSON type prints as null.
ENCODE: Final = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    separators=(",", ":"),
    default=lambda _: None,
    skipkeys=True,
).encode


def json_text(value: Value) -> str:
    try:
        text = ENCODE(value)
    except ValueError:
        text = ENCODE(without_odd_numbers(value))
    return text if text.isascii() else spell_surrogates(text)


def without_odd_numbers(value: Value) -> Value:
    """A copy in which numbers that JSON, or Python's printer, cannot spell are null."""
    match value:
        case dict():
            return {key: without_odd_numbers(item) for key, item in value.items()}
        case list() | tuple():
            return [without_odd_numbers(item) for item in value]
        case bool():
            return value
        case int() | float():
            return None if text_of(value) in {"NaN", "Infinity", "-Infinity"} else value
        case _:
            return value


def form_component(value: Value) -> str:
    """A name or value of `application/x-www-form-urlencoded`, in a body or the query of a URL."""
    text = value if isinstance(value, str) else plain_text(value)
    return quote_from_bytes(utf8(text), safe=" ").replace(" ", "+")


def path_segment(value: Value) -> str:
    """All but letters, digits and `-._~` is percent-encoded, so a value never adds a segment."""
    text = value if isinstance(value, str) else plain_text(value)
    if text in {".", ".."}:
        raise UnprintableValueError(f'"{text}" as a part of a path would lead to another address')
    return quote_from_bytes(utf8(text), safe="")


def sendable(text: str) -> str:
    """Text that UTF-8 can carry: two halves of a pair that came together are one character, and a half that is alone
    becomes U+FFFD, as when JavaScript sends a text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def utf8(text: str) -> bytes:
    return sendable(text).encode()


#: Outside RFC 9110's field values: control characters but the tab, and whatever Latin-1 does not hold.
NOT_IN_HEADERS: Final = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


def header_value(value: Value) -> str:
    """Headers have no escapes: what could end a header, or cannot be sent, is refused."""
    text = value if isinstance(value, str) else plain_text(value)
    odd = NOT_IN_HEADERS.search(text)
    if odd is not None:
        raise UnprintableValueError(f"a header cannot hold the character U+{ord(odd.group()):04X}")
    return text


#: Everything but the characters of XML 1.0 (production 2, Char).
NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XML_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"})
#: A parser turns line ends and tabs in an attribute into spaces unless they are spelled out.
XML_ATTRIBUTE: Final = XML_TEXT | str.maketrans({"\n": "&#10;", "\t": "&#9;"})


def xml_text(value: Value) -> str:
    text = value if isinstance(value, str) else plain_text(value)
    return NOT_IN_XML.sub("", text).translate(XML_TEXT)


def xml_attribute(value: Value) -> str:
    text = value if isinstance(value, str) else plain_text(value)
    return NOT_IN_XML.sub("", text).translate(XML_ATTRIBUTE)
