"""What the analyser lets pass without a word gives valid JSON for all data, however the commas are written."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import TemplateError, compile_template

VALUE = st.sampled_from(["1", '"s"', "{{v}}", '"x{{v}}"', "null", "{}", "[]", "true", "-1.5e3"])
COMMA = st.sampled_from([",", "", " , "])
LAST = st.sampled_from(
    [
        ",",
        "",
        "{{#unless @last}},{{/unless}}",
        "{{^@last}},{{/@last}}",
        "{{#if @last}}{{else}},{{/if}}",
        "{{#unless @first}},{{/unless}}",
        "{{#if @index}},{{/if}}",
        "{{#if (not @last)}},{{/if}}",
        "{{#unless @../last}},{{/unless}}",
        "{{#if (and @first @last)}},{{/if}}",
        "{{#if (or @first @last)}}{{else}},{{/if}}",
        "{{#if f}},{{/if}}",
    ]
)
NAME = st.sampled_from(["a", "b", "c"])
FLAG = st.sampled_from(["f", "g", "a.[0]", "a"])


@st.composite
def loops(draw: Any, inner: Any) -> str:
    name, before, after = draw(NAME), draw(LAST), draw(LAST)
    if draw(st.booleans()):
        before, after = "", draw(LAST)
    body = f"{before}{draw(inner)}{after}"
    word = draw(st.sampled_from(["each ", ""]))
    otherwise = draw(st.sampled_from(["", "", "{{else}}1", "{{else}}1,", "{{else}},"]))
    return f"{{{{#{word}{name}}}}}{body}{otherwise}{{{{/{word.strip() or name}}}}}"


@st.composite
def conditions(draw: Any, inner: Any) -> str:
    word = draw(st.sampled_from(["if", "unless", "with"]))
    otherwise = f"{{{{else}}}}{draw(COMMA)}{draw(inner)}{draw(COMMA)}" if draw(st.booleans()) else ""
    return f"{{{{#{word} {draw(FLAG)}}}}}{draw(COMMA)}{draw(inner)}{draw(COMMA)}{otherwise}{{{{/{word}}}}}"


@st.composite
def lists(draw: Any, inner: Any) -> str:
    items = draw(
        st.lists(st.one_of(inner, inner.map(lambda item: item + ","), inner.map(lambda i: "," + i)), max_size=3)
    )
    return f"[{draw(COMMA).join(items)}]"


@st.composite
def objects(draw: Any, inner: Any) -> str:
    pairs = draw(st.lists(inner.map(lambda item: f'"k": {item}'), max_size=2))
    condition = draw(FLAG)
    if draw(st.booleans()):
        pairs.append(f'{{{{#if {condition}}}}}{draw(COMMA)}"c": 1{draw(COMMA)}{{{{/if}}}}')
    return f"{{ {draw(COMMA).join(pairs)} }}"


DOCUMENTS = st.recursive(
    VALUE,
    lambda inner: st.one_of(lists(inner), objects(inner), loops(inner), conditions(inner), lists(loops(inner))),
    max_leaves=5,
)
DATA = st.fixed_dictionaries(
    {
        "a": st.lists(st.just({"v": 1, "b": [{}, {}]}) | st.just({"f": True, "c": [1]}) | st.just(2), max_size=3),
        "b": st.lists(st.integers(0, 2), max_size=3),
        "c": st.lists(st.text(max_size=2), max_size=2),
        "f": st.booleans(),
        "g": st.booleans(),
        "v": st.text(max_size=3) | st.integers() | st.none(),
    }
)


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS, st.lists(DATA, min_size=3, max_size=6))
def test_a_body_without_warnings_is_valid_json_for_all_data(source: str, events: list[dict[str, Any]]) -> None:
    try:
        template = compile_template(source)
    except TemplateError:
        return
    if any(problem.message.startswith("for some data") for problem in template.warnings):
        return
    for event in events:
        json.loads(template.render(event))
