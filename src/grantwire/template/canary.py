"""Sends a canary through a template: an event whose every text would break a careless body, and reads it back.

In: a compiled template and a sample event. Out: problems where a value did not arrive whole.
Never: trusting the analyser; this looks only at what comes out.

The event goes through twice: once with each nasty character replaced by a harmless stand-in of its own, once as it
is. Both must read back alike, stand-in for character, whatever helpers have cut or joined on the way.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from grantwire.template.compile import Template
from grantwire.template.errors import Problem, RenderError, Severity
from grantwire.template.scope import Site
from grantwire.template.traces import Print
from grantwire.template.tree import START, Mode
from grantwire.template.values import Value, text_of

#: Quotes, backslashes, a line break, the end of a script, an emoji, U+2028, an attempt to add a field, mark-up. Nothing
#: here has upper and lower case or is trimmed, so that `upper`, `lower` and `trim` leave it alone.
NASTY: Final = '"\\"\\\n\t</>\U0001f600\u2028\u2029","1":"2","3":"\\",&4=5%36{{7}}]]>\''

#: A stand-in for each nasty character, from the private use area: in the same plane, so that it is as long in UTF-16.
STAND_INS: Final = {
    ord(char): chr((0xE000 if ord(char) < 0x10000 else 0xF0000) + index)
    for index, char in enumerate(dict.fromkeys(NASTY))
    if not char.isdigit()
}
BACK: Final = {ord(stand_in): chr(code) for code, stand_in in STAND_INS.items()}

Reader = Callable[[str], Any]


def check_canary(template: Template, sample: Value) -> tuple[Problem, ...]:
    """Only the modes whose text can be read back are checked; a header refuses the canary, as it should."""
    reader = READERS.get(template.mode)
    if reader is None:
        return ()
    harmless = with_texts(sample, NASTY.translate(STAND_INS))
    try:
        expected = reader(template.render(harmless))
    except (RenderError, ValueError, ET.ParseError):
        return ()  # the sample itself does not render, which is said elsewhere
    nasty = with_texts(sample, NASTY)
    try:
        found = reader(template.render(nasty))
    except RenderError as error:
        message = f"a value with quotes and line breaks makes the text unreadable ({error.problem.message})"
        return (replace(error.problem, message=message, code="canary"),)
    except (ValueError, ET.ParseError) as error:
        message = f"a value with quotes and line breaks makes the text unreadable ({error})"
        return (Problem(message, START, code="canary"),)
    where = list(differences(expected, found, "the body"))
    culprits = changers(template, harmless, nasty) if where else []
    return tuple(dict.fromkeys(changed(difference, culprits) for difference in where))


class Difference(NamedTuple):
    """A place in the body, and the text that was expected there, if it was a text."""

    where: str
    expected: str | None


def changers(template: Template, harmless: Value, nasty: Value) -> list[Print]:
    """The mustaches that print something else of the nasty event than of the harmless one, stand-ins aside."""
    prints = zip(template.prints(harmless), template.prints(nasty), strict=False)
    return [one for one, other in prints if text_of(one.value).translate(BACK) != text_of(other.value)]


def changed(difference: Difference, culprits: list[Print]) -> Problem:
    message = f"a value with quotes, backslashes or line breaks arrives changed in {difference.where}"
    suggestion = "this is right if a helper such as {{replace}} is meant to change it"
    site = next((one.site for one in culprits if text_of(one.value) in (difference.expected or "")), NOWHERE)
    return Problem(
        message,
        site.position,
        site.length,
        severity=Severity.WARNING,
        code="canary",
        suggestion=suggestion,
        partial=site.partial,
    )


NOWHERE: Final = Site(START, 1, None)


def with_texts(sample: Value, text: str) -> Value:
    """The sample with the text, and a number of its own, in place of every text."""
    numbers = count(1)

    def replaced(value: Value) -> Value:
        match value:
            case str():
                return f"{text}{next(numbers)}{text}"
            case dict():
                return {key: replaced(item) for key, item in value.items()}
            case list() | tuple():
                return [replaced(item) for item in value]
            case _:
                return value

    return replaced(sample)


def differences(expected: Any, found: Any, where: str) -> Iterator[Difference]:
    """Where two bodies differ, also inside documents in strings."""
    match expected:
        case dict() if isinstance(found, dict):
            if [name.translate(BACK) for name in expected] != list(found):
                yield Difference(f"the names of {where}", "".join(expected))
                return
            for name, one, other in zip(found, expected.values(), found.values(), strict=True):
                yield from differences(one, other, f"{where}, {name[:40]!r}")
        case list() if isinstance(found, list) and len(found) == len(expected):
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                yield from differences(one, other, f"{where}, item {index}")
        case str() if isinstance(found, str):
            yield from text_differences(expected, found, where)
        case _:
            if expected != found:
                yield Difference(where, None)


def text_differences(expected: str, found: str, where: str) -> Iterator[Difference]:
    document = read_document(expected)
    if document is None:
        if expected.translate(BACK) != found:
            yield Difference(where, expected)
    else:
        yield from differences(document, read_document(found), f"{where} (JSON in a string)")


def read_document(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def read_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def read_form(text: str) -> list[Any]:
    return [list(pair) for pair in parse_qsl(text, keep_blank_values=True)]


def read_xml(text: str) -> list[Any]:
    root = ET.fromstring(text)  # noqa: S314  our own text, and the analyser refuses document types
    return [[node.tag, dict(node.attrib), node.text or "", node.tail or ""] for node in root.iter()]


READERS: Final[Mapping[Mode, Reader]] = {
    Mode.JSON: json.loads,
    Mode.NDJSON: read_lines,
    Mode.FORM: read_form,
    Mode.XML: read_xml,
}
