"""Whatever a requester types, the output is valid and every value arrives as it was typed."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import compile_template
from grantwire.template.errors import RenderError, Severity

NASTY = st.sampled_from(
    [
        '"',
        "\\",
        '\\"',
        "\n",
        "\r\n",
        "\x00",
        "\u2028",
        "😀",
        "\ud83d",
        "</script>",
        '","admin":true,"x":"',
        '\\",\\"admin\\":true,\\"x\\":\\"',
        "{{data}}",
        "${x}",
        "]]>",
        "&amp;",
        "..",
        "%2e",
        "a&b=c",
        "null",
        "'",
    ]
)
TEXTS = st.lists(NASTY | st.text(st.characters(exclude_categories=()), max_size=4), max_size=4).map("".join)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
STATIC = st.sampled_from(["", "a", "- ", "é ", "[x] ", "a: { ", "{ "])


@dataclass(frozen=True)
class InString:
    """An expected string that holds a document."""

    document: Any


@dataclass
class Made:
    """A template under construction: the data its mustaches will find."""

    draw: Any
    data: dict[str, Any] = field(default_factory=dict)

    def hold(self, value: Any) -> str:
        name = f"v{len(self.data)}"
        self.data[name] = value
        return name

    def document(self, size: int, nesting: int) -> tuple[str, Any]:
        """JSON text with mustaches, and what a reader must find. A `{{x}}` keeps its distance from braces."""
        makers = [self.string, self.value, self.loop, self.choice]
        makers += [self.list_, self.object_] * (size > 0)
        makers += [self.nested] * (nesting > 0)
        return self.draw(st.sampled_from(makers))(size - 1, nesting)

    def string(self, *_: int) -> tuple[str, Any]:
        before, value, after = self.draw(STATIC), self.draw(TEXTS), self.draw(STATIC)
        text = f"{before}{{{{{self.hold(value)}}}}}{after}"
        return f'"{text}"', before + value + after

    def value(self, *_: int) -> tuple[str, Any]:
        value = self.draw(VALUES)
        return f"{{{{{self.hold(value)}}}}} ", value

    def loop(self, *_: int) -> tuple[str, Any]:
        values = self.draw(st.lists(TEXTS, max_size=3))
        body = '"{{this}}"{{#unless @last}},{{/unless}}'
        return f"[{{{{#each {self.hold(values)}}}}}{body}{{{{/each}}}}]", values

    def choice(self, size: int, nesting: int) -> tuple[str, Any]:
        condition = self.draw(st.booleans())
        one, two = self.document(0, 0), self.document(0, nesting * (size >= 0))
        text = f"{{{{#if {self.hold(condition)}}}}}{one[0]}{{{{else}}}}{two[0]}{{{{/if}}}} "
        return text, (one if condition else two)[1]

    def list_(self, size: int, nesting: int) -> tuple[str, Any]:
        items = [self.document(size, nesting) for _ in range(self.draw(st.integers(0, 3)))]
        return f"[{', '.join(text for text, _ in items)}]", [value for _, value in items]

    def object_(self, size: int, nesting: int) -> tuple[str, Any]:
        items = [self.document(size, nesting) for _ in range(self.draw(st.integers(1, 3)))]
        text = ", ".join(f'"k{index}": {item}' for index, (item, _) in enumerate(items))
        return f"{{ {text} }}", {f"k{index}": value for index, (_, value) in enumerate(items)}

    def nested(self, size: int, nesting: int) -> tuple[str, Any]:
        text, value = self.object_(size, nesting - 1)
        return f'"{escaped_outside_mustaches(text)}"', InString(value)


def escaped_outside_mustaches(text: str) -> str:
    parts = re.split(r"(\{\{.*?\}\})", text)
    return "".join(part if index % 2 else json.dumps(part)[1:-1] for index, part in enumerate(parts))


def same(found: Any, expected: Any) -> bool:
    """Equal to the last character; texts are compared as JSON writes them, which joins surrogate pairs."""
    match expected:
        case InString(document=document):
            return isinstance(found, str) and same(json.loads(found), document)
        case dict():
            keys = [json.dumps(key) for key in expected]
            return [json.dumps(key) for key in found] == keys and all(map(same, found.values(), expected.values()))
        case list():
            return len(found) == len(expected) and all(map(same, found, expected))
        case _:
            return type(found) is type(expected) and json.dumps(found) == json.dumps(expected)


@st.composite
def json_templates(draw: Any) -> tuple[str, dict[str, Any], Any]:
    made = Made(draw)
    text, expected = made.document(2, 3)
    return text, made.data, expected


@settings(max_examples=300, deadline=None)
@given(json_templates())
def test_a_json_body_is_valid_and_every_value_whole_at_nesting_0_to_3(case: tuple[str, dict[str, Any], Any]) -> None:
    source, data, expected = case
    template = compile_template(source)
    assert not [problem for problem in template.warnings if problem.severity is Severity.ERROR]
    body = template.render(data)
    body.encode()
    assert same(json.loads(body), expected)


@pytest.mark.parametrize("depth", range(5))
@settings(max_examples=60, deadline=None)
@given(text=TEXTS, value=VALUES)
def test_strings_and_values_are_whole_at_each_depth(depth: int, text: str, value: Any) -> None:
    source = '{ "s": "<{{s}}>", "v": {{v}} }'
    for _ in range(depth):
        source = f'{{ "d": "{escaped_outside_mustaches(source)}" }}'
    found = json.loads(compile_template(source).render({"s": text, "v": value}))
    for _ in range(depth):
        found = json.loads(found["d"])
    assert same(found, {"s": f"<{text}>", "v": value})


@settings(max_examples=100, deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_ndjson_keeps_one_whole_document_on_each_line(values: list[Any]) -> None:
    template = compile_template('{{#each xs}}{"v": {{this}} , "s": "{{this}}"}\n{{/each}}', mode="ndjson")
    lines = template.render({"xs": values}).split("\n")
    assert lines.pop() == ""
    assert same([json.loads(line)["v"] for line in lines], values)


SENDABLE = TEXTS.filter(lambda text: not re.search("[\ud800-\udfff]", text))


@settings(max_examples=100, deadline=None)
@given(SENDABLE, SENDABLE)
def test_a_form_has_the_fields_of_its_template_and_no_others(name: str, value: str) -> None:
    body = compile_template("a={{v}}&{{n}}={{v}}&z=1", mode="form").render({"n": name, "v": value})
    assert parse_qsl(body, keep_blank_values=True) == [("a", value), (name, value), ("z", "1")]


@settings(max_examples=100, deadline=None)
@given(SENDABLE, SENDABLE)
def test_a_url_leads_where_its_template_says(one: str, other: str) -> None:
    template = compile_template("https://h.example/a/{{x}}/v{{y}}?q={{x}}&r={{y}}#{{x}}", mode="url")
    data = {"x": one, "y": other}
    if {one, other} & {".", ".."}:
        with pytest.raises(RenderError):
            template.render(data)
        return
    url = urlsplit(template.render(data))
    assert (url.scheme, url.netloc) == ("https", "h.example")
    assert [unquote(part) for part in url.path.split("/")] == ["", "a", one, f"v{other}"]
    assert parse_qsl(url.query, keep_blank_values=True) == [("q", one), ("r", other)]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_header_stays_one_header_or_is_refused(value: str) -> None:
    template = compile_template("by {{x}}", mode="header")
    try:
        text = template.render({"x": value})
    except RenderError:
        assert re.search(r"[^\t -~\x80-\xff]", value)
    else:
        assert text == f"by {value}"
        assert not re.search(r"[\r\n\0]", text)


@settings(max_examples=100, deadline=None)
@given(SENDABLE)
def test_an_xml_body_keeps_its_elements_and_every_value(value: str) -> None:
    template = compile_template("<a b='{{x}}' c=\"{{x}}\"><d>{{x}}</d>{{x}}</a>", mode="xml")
    root = ET.fromstring(template.render({"x": value}))  # noqa: S314  our own text
    known = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", value)
    assert [child.tag for child in root.iter()] == ["a", "d"]
    assert {root.get("b"), root.get("c"), root[0].text or "", root[0].tail or ""} == {known}
