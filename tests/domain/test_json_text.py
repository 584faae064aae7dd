"""What strict JSON takes and what it refuses, with the place of every fault."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.errors import Refused
from grantwire.domain.json_text import DEEPEST, read_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**127), 2**127)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


def refusal(body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read_json(body)
    return caught.value


@given(JSON_VALUES)
def test_every_json_value_is_read_as_the_standard_library_reads_it(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=2)):
        try:
            body = text.encode()
        except UnicodeEncodeError:
            continue
        assert read_json(body) == json.loads(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_problem(body: bytes) -> None:
    problems: tuple[object, ...] = ("read",)
    try:
        read_json(body)
    except Refused as refused:
        problems = refused.problems
    assert problems


@pytest.mark.parametrize(
    ("body", "line", "column", "words"),
    [
        (b'{"a":', 1, 6, "expecting value"),
        (b'{"a": 1,\n "b" 2}', 2, 6, "expecting ':'"),
        (b"", 1, 1, "is empty"),
        (b" \n ", 1, 4, "is empty"),
        (b'["a\nb"]', 1, 4, "control character"),
        (b"{'a': 1}", 1, 2, "property name"),
        (b"[1] 2", 1, 5, "extra data"),
        (b'{"a":\n "\xff"}', 2, 3, "not valid UTF-8"),
        (b"\xef\xbb\xbf{}", 1, 1, "byte order mark"),
    ],
)
def test_a_syntax_fault_is_told_with_its_line_and_column(body: bytes, line: int, column: int, words: str) -> None:
    (problem,) = refusal(body).problems
    assert (problem.line, problem.column) == (line, column) or words == "is empty"
    assert words in problem.message


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b'{"a": 1, "a": 2}', ["a"]),
        (b'{"a": {"b": 1, "c": [{"d": 1, "d": 1}], "b": 2}}', ["a.c[0].d", "a.b"]),
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', ["a", "b[0]", "b[1]"]),
        (b'{"a": 1e999, "b": -1e400}', ["a", "b"]),
        (b'{"a": ' + b"9" * 41 + b"}", ["a"]),
        (b'{"a": ' + b"9" * 100_000 + b"}", ["a"]),
        (b'{"a": "\\ud800", "b": "\\uDC00x", "c": "\\ud83d\\ude00"}', ["a", "b"]),
        (b'{"\\ud800": 1}', ["\ufffd"]),
        (b'[{"a": NaN}, {"a": 1, "a": 1}]', ["[0].a", "[1].a"]),
    ],
)
def test_values_that_readers_would_see_differently_are_all_refused_with_their_paths(
    body: bytes, paths: list[str]
) -> None:
    assert [problem.path for problem in refusal(body).problems] == paths


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert read_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_the_deepest_nesting_is_read_and_one_more_is_refused(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    assert read_json(opening * (DEEPEST - 1) + b"[]" + closing * (DEEPEST - 1))
    assert "deeper than 64" in str(refusal(opening * DEEPEST + b"[]" + closing * DEEPEST))
    assert "deeper than 64" in str(refusal(opening * 100_000))


def test_brackets_in_text_do_not_count_as_nesting() -> None:
    body = json.dumps({"a": "[" * 200, "b": '"' + "]" * 200, "c": [{}] * 100}).encode()
    assert read_json(body) == json.loads(body)


def test_closing_brackets_in_text_do_not_hide_nesting() -> None:
    body = b"[" * 60 + b'"]]]]]]]]]]]]]]]]]]]]",' + b"[" * 60 + b"]" * 120
    assert "deeper than 64" in str(refusal(body))


def test_a_syntax_error_behind_a_doubled_key_is_still_told() -> None:
    with pytest.raises(Refused) as refused:
        read_json(b'{"a": {"b": 1, "b": 2}, "c" 3}')
    assert refused.value.problems[0].line == 1
