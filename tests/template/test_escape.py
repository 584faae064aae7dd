"""Each place has one way to print a value, chosen before the first value comes."""

import json
import math
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.template.escape import UnprintableValueError, escaper_for
from grantwire.template.tree import UNDEFINED, Kind, Mode, Place

ANY_TEXT = st.text(st.characters(exclude_categories=()))
SENDABLE_TEXT = st.text()
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=8,
)


def escape(mode: Mode, kind: Kind, value: object, depth: int = 0) -> str:
    return escaper_for(Place(mode, kind, depth))(value)


def unwrapped(text: str, depth: int) -> Any:
    """What a reader finds who decodes the string around the text, the string in it, and so on."""
    for _ in range(depth):
        text = json.loads(f'"{text}"')
    return json.loads(text)


@given(ANY_TEXT, st.integers(0, 4))
def test_any_text_comes_back_whole_from_a_string_at_any_depth(text: str, depth: int) -> None:
    inner = escape(Mode.JSON, Kind.STRING, text, depth)
    for _ in range(depth):
        inner = json.loads(f'"{inner}"')
    assert json.dumps(json.loads(f'"{inner}"')) == json.dumps(text)


@given(JSON_VALUES, st.integers(0, 4))
def test_any_value_comes_back_whole_from_a_value_place_at_any_depth(value: object, depth: int) -> None:
    back = unwrapped(escape(Mode.JSON, Kind.VALUE, value, depth), depth)
    assert json.dumps(back) == json.dumps(json.loads(json.dumps(value)))


@given(JSON_VALUES, st.sampled_from([Kind.STRING, Kind.VALUE, Kind.KEY]), st.integers(0, 4))
def test_json_output_can_be_sent_as_utf8(value: object, kind: Kind, depth: int) -> None:
    escape(Mode.JSON, kind, value, depth).encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UNDEFINED, "null"),
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-1.5, "-1.5"),
        (2**80, str(2**80)),
        ("", '""'),
        ("a", '"a"'),
        ([], "[]"),
        ({"a": [1, "x"]}, '{"a":[1,"x"]}'),
        (math.nan, "null"),
        (math.inf, "null"),
        ([math.nan, {"a": -math.inf}, True, 1, 2.5], '[null,{"a":null},true,1,2.5]'),
        (1696263265.851898, "1696263265.851898"),
        ("é☃\u2028", '"é☃\u2028"'),
        ("\ud800", '"\\ud800"'),
        (object(), "null"),
    ],
)
def test_a_whole_value_is_json(value: object, expected: str) -> None:
    assert escape(Mode.JSON, Kind.VALUE, value) == expected


def test_a_number_too_long_for_python_to_print_is_null() -> None:
    assert escape(Mode.JSON, Kind.VALUE, [10**5000]) == "[null]"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UNDEFINED, ""),
        (None, ""),
        (False, "false"),
        (1.0, "1"),
        (["a", 1], '[\\"a\\",1]'),
        ({"a": None}, '{\\"a\\":null}'),
        ("</script>", "</script>"),
        ("\x00\x1f\n", "\\u0000\\u001f\\n"),
        ("\ud83d\ude00 \udfff", "\\ud83d\\ude00 \\udfff"),
        ("😀", "😀"),
    ],
)
def test_in_a_string_everything_prints_as_text(value: object, expected: str) -> None:
    assert escape(Mode.JSON, Kind.STRING, value) == expected
    assert escape(Mode.JSON, Kind.KEY, value) == expected
    assert escape(Mode.NDJSON, Kind.STRING, value) == expected


def test_each_level_escapes_what_the_level_before_wrote() -> None:
    assert [escape(Mode.JSON, Kind.STRING, 'a"', depth) for depth in range(3)] == [
        'a\\"',
        'a\\\\\\"',
        'a\\\\\\\\\\\\\\"',
    ]
    assert escape(Mode.JSON, Kind.VALUE, "a", 1) == '\\"a\\"'
    assert escape(Mode.JSON, Kind.VALUE, 1, 3) == "1"


@given(SENDABLE_TEXT)
def test_any_text_comes_back_whole_from_a_form(text: str) -> None:
    encoded = escape(Mode.FORM, Kind.FORM_VALUE, text)
    assert parse_qs(f"{encoded}={encoded}", keep_blank_values=True) == {text: [text]}
    assert escape(Mode.URL, Kind.QUERY, text) == encoded


@given(SENDABLE_TEXT.filter(lambda text: text not in {".", ".."}))
def test_any_text_stays_one_segment_of_a_path(text: str) -> None:
    encoded = escape(Mode.URL, Kind.PATH_SEGMENT, text)
    assert unquote(encoded) == text
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%")


@pytest.mark.parametrize("dots", [".", ".."])
def test_dots_alone_are_refused_in_a_path(dots: str) -> None:
    with pytest.raises(UnprintableValueError, match="another address"):
        escape(Mode.URL, Kind.PATH_SEGMENT, dots)


def test_half_a_surrogate_pair_becomes_a_replacement_where_no_spelling_exists() -> None:
    assert escape(Mode.FORM, Kind.FORM_VALUE, "a\ud800") == "a%EF%BF%BD"
    assert escape(Mode.URL, Kind.PATH_SEGMENT, "a\ud800") == "a%EF%BF%BD"
    assert escape(Mode.FORM, Kind.FORM_VALUE, "\ud83d\ude00") == "%F0%9F%98%80"


@pytest.mark.parametrize("odd", ["\r", "\n", "\0", "\x7f", "☃", "\u2028", "\ud800", "\x1b"])
def test_a_header_refuses_what_could_end_it_or_cannot_be_sent(odd: str) -> None:
    with pytest.raises(UnprintableValueError, match=f"U\\+{ord(odd):04X}"):
        escape(Mode.HEADER, Kind.HEADER_VALUE, f"a{odd}b")


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_a_header_takes_latin_letters_as_they_are(text: str) -> None:
    assert escape(Mode.HEADER, Kind.HEADER_VALUE, text) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_xml_knows_comes_back_whole(text: str) -> None:
    element = escape(Mode.XML, Kind.TEXT, text)
    attribute = escape(Mode.XML, Kind.ATTRIBUTE, text)
    root = ET.fromstring(f"<a b='{attribute}' c=\"{attribute}\">{element}</a>")  # noqa: S314  our own text
    known = "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
    assert (root.text or "", root.get("b"), root.get("c")) == (known, known, known)


def test_plain_handlebars_applies_where_no_format_is_named() -> None:
    assert escape(Mode.TEXT, Kind.TEXT, "<a & 'b'>") == "&lt;a &amp; &#x27;b&#x27;&gt;"
    assert escape(Mode.TEXT, Kind.RAW, "<a>") == "<a>"
    assert escape(Mode.PLAIN, Kind.TEXT, "<a>") == "<a>"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (Mode.XML, Kind.TEXT),
        (Mode.FORM, Kind.FORM_VALUE),
        (Mode.URL, Kind.PATH_SEGMENT),
        (Mode.HEADER, Kind.HEADER_VALUE),
    ],
)
def test_missing_prints_as_nothing_outside_json(mode: Mode, kind: Kind) -> None:
    assert escape(mode, kind, UNDEFINED) == escape(mode, kind, None) == ""
