"""A finished body is read back once: the same verdict with msgspec installed and with the standard library alone."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.template import RenderError, compile_template, verify

DEEP = 100_000
VALID = [
    "{}",
    ' {"a": [1, -0, 1.5e+3, true, false, null, "\\u00e9\\n\\/"]} ',
    '{"a": 1, "a": 2}',
    r'"\ud800"',
    r'{"\udc00": "\ud83d"}',
    '"\ud800"',
    '"\u2028\x7f"',
    "1e999",
    "1" * 5000,
    "[" * 100 + "]" * 100,
]
INVALID = [
    "",
    " ",
    "NaN",
    "[Infinity]",
    '{"a": -Infinity}',
    "[1,]",
    '{"a": 1,}',
    "{a: 1}",
    "01",
    "1.",
    "+1",
    '"\t"',
    r'"\x"',
    r'"\u12"',
    '"a',
    "1 1",
    "\ufeff1",
    "\x0b1",
    "[" * DEEP + "]" * DEEP,
]


def is_taken(text: str) -> bool:
    """As a template has it: the quick reader's yes is one, its no is the judge's to say."""
    try:
        verify.quick(text)
    except Exception:  # noqa: BLE001  as the template does
        return is_judged_valid(text)
    return True


def is_judged_valid(text: str) -> bool:
    try:
        verify.judge(text)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("text", VALID)
def test_what_rfc_8259_allows_is_taken(text: str) -> None:
    assert is_taken(text)
    assert is_judged_valid(text)


@pytest.mark.parametrize("text", INVALID)
def test_what_it_does_not_allow_is_not(text: str) -> None:
    assert not is_taken(text)
    assert not is_judged_valid(text)


def test_the_quick_reader_is_there_where_msgspec_is() -> None:
    assert verify.quick is not verify.judge


DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
).map(json.dumps)


@given(
    DOCUMENTS,
    st.integers(0, 60),
    st.sampled_from(['"', "\\", "{", "}", "[", "]", ",", ":", "0", "e", "-", "\n", "u", ""]),
)
def test_a_damaged_document_is_judged_alike_by_both_readers(document: str, at: int, damage: str) -> None:
    at = min(at, len(document))
    damaged = document[:at] + damage + document[at + 1 :]
    assert is_taken(damaged) == is_judged_valid(damaged)


WITHOUT = """
import json, subprocess, sys
before = set(sys.modules)
sys.modules["msgspec"] = None
from grantwire.template import RenderError, compile_template, verify
def is_taken(text):
    try:
        verify.quick(text)
    except (ValueError, RecursionError):
        return False
    return True
assert verify.quick is verify.judge
verdicts = [is_taken(text) for text in json.loads(sys.stdin.read())]
body = compile_template('{"a": "{{a}}", "b": {{b}}, "c": "{ \\\\"d\\\\": \\\\"{{a}}\\\\" }" }')
rendered = body.render({"a": 'say "hi"', "b": [float("nan"), "\\ud800"]})
not_standard = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
print(json.dumps([verdicts, rendered, sorted(not_standard)]))
"""


def test_with_the_standard_library_alone_everything_is_judged_and_rendered_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, 'src'){WITHOUT}"],
        input=json.dumps(VALID + INVALID),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts, rendered, loaded = json.loads(done.stdout)
    assert verdicts == [True] * len(VALID) + [False] * len(INVALID)
    body = compile_template('{"a": "{{a}}", "b": {{b}}, "c": "{ \\"d\\": \\"{{a}}\\" }" }')
    assert rendered == body.render({"a": 'say "hi"', "b": [float("nan"), "\ud800"]})
    assert [name for name in loaded if not name.startswith("_sysconfigdata")] == ["grantwire", "msgspec"]


def test_a_body_a_reader_of_ones_own_refuses_is_not_sent() -> None:
    def refuse(text: str) -> None:
        raise ValueError("not today")

    with pytest.raises(RenderError, match="not today"):
        compile_template('{"a": 1}', loads=refuse).render({})
