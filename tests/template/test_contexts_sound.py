"""What the analyser lets pass without a word gives valid JSON for all data, however the commas are written."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import TemplateError, compile_template

VALUE = st.sampled_from(["1", '"s"', "{{v}}", '"x{{v}}"', "{}", "[]", "-1.5e3"])
RIGHT = [
    "{{#unless @last}},{{/unless}}",
    "{{^@last}},{{/@last}}",
    "{{#if @last}}{{else}},{{/if}}",
    "{{#if (not @last)}},{{/if}}",
    "{{#unless (or @last @last)}},{{/unless}}",
]
RIGHT_BEFORE = [
    "{{#unless @first}},{{/unless}}",
    "{{#if @index}},{{/if}}",
    "{{#if @first}}{{else}},{{/if}}",
    "{{#unless (eq @index 0)}},{{/unless}}",
]
WRONG = [
    "",
    ",",
    "{{#if @last}},{{/if}}",
    "{{#unless @../last}},{{/unless}}",
    "{{#if (and @first @last)}},{{/if}}",
    "{{#if (or @first @last)}}{{else}},{{/if}}",
    "{{#if f}},{{/if}}",
]
AFTER = st.sampled_from(RIGHT * 4 + WRONG + RIGHT_BEFORE)
BEFORE = st.sampled_from(RIGHT_BEFORE * 4 + WRONG + RIGHT)
COMMA = st.sampled_from([","] * 8 + ["", ",,"])
NOTHING_OR_COMMA = st.sampled_from([""] * 5 + [","])
NAME = st.sampled_from(["a", "b", "c"])
WORD = st.sampled_from(["if", "unless", "with"])
FLAG = st.sampled_from(["f", "g", "a.[0]", "a"])
#: Tags around what is not there for all data.
WAYS = st.one_of(
    st.builds(lambda word, flag: (f"{{{{#{word} {flag}}}}}", f"{{{{/{word}}}}}"), WORD, FLAG),
    st.builds(lambda sign, flag: (f"{{{{{sign}{flag}}}}}", f"{{{{/{flag}}}}}"), st.sampled_from("#^"), FLAG),
    st.builds(lambda word, flag: (f"{{{{^{word} {flag}}}}}", f"{{{{/{word}}}}}"), WORD, FLAG),
)


@st.composite
def loops(draw: Any, inner: Any) -> str:
    """The content of a list: a loop, perhaps with items around it."""
    name, item = draw(NAME), draw(inner)
    body = draw(st.one_of(BEFORE.map(lambda comma: comma + item), AFTER.map(lambda comma: item + comma)))
    word = draw(st.sampled_from(["each ", ""]))
    otherwise = draw(st.sampled_from(["", "", "{{else}}1", "{{else}}1,"]))
    loop = f"{{{{#{word}{name}}}}}{body}{otherwise}{{{{/{word.strip() or name}}}}}"
    return draw(st.sampled_from([loop, loop, loop, f"0,{loop}", f"{loop},0", f"0{loop}"]))


@st.composite
def parts(draw: Any, inner: Any) -> str:
    """The content of a list: an item that is always there, and one that is not."""
    (start, end), item, comma = draw(WAYS), draw(inner), draw(COMMA)
    forms = [
        f"{start}{item}{comma}{end}1",
        f"1{start}{comma}{item}{end}",
        f"{start}{item}{end}{comma}1",
        f"{start}{item}{end}",
    ]
    return draw(st.sampled_from(forms))


@st.composite
def choices(draw: Any, inner: Any) -> str:
    """One of two values."""
    (start, end), stray = draw(WAYS), draw(NOTHING_OR_COMMA)
    return f"{start}{draw(inner)}{{{{else}}}}{draw(inner)}{stray}{end}"


def listed(content: Any) -> Any:
    return content.map(lambda text: f"[{text}]")


@st.composite
def objects(draw: Any, inner: Any) -> str:
    extra = f'{{{{#if {draw(FLAG)}}}}}{draw(COMMA)}"c": {draw(inner)}{{{{/if}}}}'
    last = draw(st.sampled_from([extra, f'{draw(COMMA)}"d": {draw(inner)}', ""]))
    return f'{{ "k": {draw(inner)}{last} }}'


DOCUMENTS = st.recursive(
    VALUE,
    lambda inner: st.one_of(
        listed(loops(inner)), listed(loops(loops(inner))), listed(parts(inner)), choices(inner), objects(inner)
    ),
    max_leaves=4,
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
