"""Generated code and closures give the same for every template and event, and nothing of a template becomes code."""

import ast
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import LIMITS, RenderError, TemplateError, compile_template, parse
from grantwire.template.compile import _escaper_of
from grantwire.template.emit_runs import Wanted
from grantwire.template.generated import generated_tree
from grantwire.template.helpers import HELPERS
from grantwire.template.tree import Mode

NAMES = ["a", "b", "list", "0", "length", "é"]
PATHS = [
    *NAMES[:3],
    "a.b",
    "a.b.list",
    "list.[0]",
    "list.0.a",
    "list.length",
    "this",
    "this.a",
    "../a",
    "../../b",
    "@root.a",
    "@root.list.[1].b",
    "@index",
    "@key",
    "@../index",
    "[é]",
    "missing",
    "upper a",
    "default a 'none'",
    "eq a b",
    "join list",
    "lookup this 'a'",
    "truncate a 2",
    "json a",
    "json this",
]
CONDITIONS = ["a", "a.b", "list", "@first", "@last", "missing", "(eq a b)", "(not a)", "(and a b)", "../a", "@root.a"]


SUBJECTS = ["a", "a.b", "list", "missing", "this", "../a", "@root.list", "@first"]
PARTIAL_CALLS = ["{{> p}}", "{{> p a}}", "{{> p list x=@index}}", "{{> p a=b b='B'}}", "{{> q}}", "a\n  {{> p this}}\n"]


def mustaches() -> st.SearchStrategy[str]:
    return st.sampled_from(PATHS).map(lambda path: f"{{{{{path}}}}}")


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(st.sampled_from(CONDITIONS), inner, inner).map(
            lambda t: f"{{{{#if {t[0]}}}}}{t[1]}{{{{else}}}}{t[2]}{{{{/if}}}}"
        ),
        st.tuples(st.sampled_from(CONDITIONS), inner).map(lambda t: f"{{{{#unless {t[0]}}}}}{t[1]}{{{{/unless}}}}"),
        st.tuples(st.sampled_from(["list", "this", "a", "../list", "@root.list"]), inner, inner).map(
            lambda t: f"{{{{#each {t[0]}}}}}{t[1]}{{{{else}}}}{t[2]}{{{{/each}}}}"
        ),
        inner.map(lambda body: f"{{{{#each list as |one at|}}}}{{{{one}}}}{{{{at}}}}{{{{one.a}}}}{body}{{{{/each}}}}"),
        st.tuples(st.sampled_from(["a", "a.b", "list", "missing", "@root.a"]), inner, inner).map(
            lambda t: f"{{{{#with {t[0]}}}}}{t[1]}{{{{else}}}}{t[2]}{{{{/with}}}}"
        ),
        inner.map(lambda body: f"{{{{#with a as |x|}}}}{{{{x}}}}{{{{x.b}}}}{body}{{{{/with}}}}"),
        st.tuples(st.sampled_from(SUBJECTS), inner, inner).map(
            lambda t: f"{{{{#{t[0]}}}}}{t[1]}{{{{else}}}}{t[2]}{{{{/{t[0]}}}}}"
        ),
        st.tuples(st.sampled_from(SUBJECTS), inner).map(lambda t: f"{{{{^{t[0]}}}}}{t[1]}{{{{/{t[0]}}}}}"),
        st.lists(inner, min_size=2, max_size=4).map("".join),
    )


TEXTS = st.sampled_from(["text ", "<&'\">", "\\n", "é😀"])
CALLS = st.sampled_from(PARTIAL_CALLS)
PIECES = st.recursive(st.one_of(TEXTS, mustaches()), blocks, max_leaves=6)
TEMPLATES = st.recursive(st.one_of(TEXTS, mustaches(), CALLS), blocks, max_leaves=12)
PARTIALS = st.fixed_dictionaries({"p": PIECES, "q": st.one_of(PIECES, st.just("{{> p a}}|\n {{> p}}\n{{> q b}}"))})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, width=32),
    st.sampled_from(["", "x", 'say "hi"\n', "back\\slash", "é😀", "<b>", "\u2028", "\ud800"]),
)
EVENTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=10,
    ),
    max_size=5,
)


def outcome(template: str, event: Any, mode: str, tier: str, **options: Any) -> object:
    try:
        made = compile_template(template, mode=mode, tier=tier, **options)
    except TemplateError:
        return "refused"
    try:
        return made.render(event)
    except RenderError as error:
        return error.problem


@settings(max_examples=600, deadline=None)
@given(TEMPLATES, EVENTS, PARTIALS, st.sampled_from(["text", "plain"]), st.booleans())
def test_both_tiers_agree_on_text(
    template: str, event: dict[str, Any], partials: dict[str, str], mode: str, strict: bool
) -> None:
    options = {"partials": partials, "strict": strict}
    closures = outcome(template, event, mode, "closures", **options)
    assert outcome(template, event, mode, "generated", **options) == closures


#: Each hole is filled with a mustache: strings and keys, whole values, a document in a string, one two levels down.
BODIES = [
    '{"a": "%s"}',
    '{"a": "x %s y"}',
    '{"a": %s }',
    '{"%s": 1}',
    '{"a": "{ \\"b\\": \\"%s\\", \\"c\\": \\"x%s\\" }"}',
    '{"a": "{ \\"b\\": %s }"}',
    '{"a": "{ \\"b\\": \\"{ \\\\\\"c\\\\\\": \\\\\\"%s\\\\\\" }\\" }"}',
    '[{{#each list}}"%s"{{#unless @last}}, {{/unless}}{{/each}}]',
    '[{{#each list}}{"k": {{#if a}}"%s"{{else}}0{{/if}} }{{#unless @last}}, {{/unless}}{{/each}}]',
    '[{{#with a}}"%s"{{else}}"%s"{{/with}}]',
    '[{{#list}}"%s", {{/list}}{{#a}}"%s", {{else}}"%s", {{/a}}{{^b}} %s , {{/b}}0]',
    '{"a": {{> whole}}, "b": "{ \\"c\\": \\"{{> part a}}{{> part list x=b}}\\" }",\n  {{> member}}\n}',
]
IN_JSON = {
    "whole": "{{a}} ",
    "part": "{{#if b}}{{b}}{{/if}}{{x}}{{this}}{{@root.a}}",
    "member": '"m": "{{a}}",\n"n": {{b}}',
}


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(BODIES), mustaches(), EVENTS, st.booleans())
def test_both_tiers_agree_on_json_and_both_are_valid(
    body: str, mustache: str, event: dict[str, Any], strict: bool
) -> None:
    template = body.replace("%s", mustache)
    options = {"partials": IN_JSON, "strict": strict}
    closures = outcome(template, event, "json", "closures", **options)
    assert outcome(template, event, "json", "generated", **options) == closures
    assert closures != "refused"
    if not strict:
        assert isinstance(closures, str)
        json.loads(closures)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("body", BODIES)
def test_code_is_generated_for_every_kind_of_body(body: str, strict: bool) -> None:
    template = body.replace("%s", "{{a.b}}")
    made = compile_template(template, tier="generated", partials=IN_JSON, strict=strict)
    assert made._fast is not None
    event = {"a": {"b": "A"}, "b": "B", "x": 1, "list": [{"a": 1}]}
    if not strict:
        made._fast(event)


@pytest.mark.parametrize(
    "template",
    [
        "{{#*inline 'x'}}{{/inline}}",
        "{{> self}}",
        "{{#> p}}block{{/p}}",
        "{{> (lookup . 'p')}}",
        "{{../a}}",
        "{{#if a includeZero=true}}{{/if}}",
        "{{#a as |x|}}{{/a}}",
        "{{{{raw}}}}{{{{/raw}}}}",
    ],
)
def test_what_has_no_shape_in_code_runs_as_closures(template: str) -> None:
    made = compile_template(
        template, mode="text", tier="generated", partials={"p": "", "self": "{{#if a}}{{> self}}{{/if}}"}
    )
    assert made._fast is None
    assert made.render({"p": "p"}) == ""


def test_partials_that_are_called_often_do_not_make_code_without_bound() -> None:
    partials = {f"p{level}": f"{{{{> p{level + 1}}}}}" * 100 for level in range(4)} | {"p4": "x"}
    assert compile_template("{{> p3}}", mode="text", tier="generated", partials=partials)._fast is not None
    assert compile_template("{{> p0}}", mode="text", tier="generated", partials=partials)._fast is None


@pytest.mark.parametrize(
    ("template", "event", "expected"),
    [
        ("{{#a}}{{@index}}{{/a}}", {"a": [7, 8]}, "01"),
        ("{{#a}}{{b}}{{/a}}", {"a": {"b": 1}}, "1"),
        ("{{#a}}{{b}}{{/a}}", {"a": True, "b": 2}, "2"),
        ("{{#a}}x{{else}}-{{/a}}", {"a": 0}, "x"),
        ("{{#a}}x{{else}}-{{/a}}", {"a": []}, "-"),
        (
            "{{#each a}}{{@key}}{{@index}}{{@first}}{{@last}}{{/each}}",
            {"a": {"x": 1, "y": 2}},
            "x0truefalsey1falsetrue",
        ),
        ("{{#each a}}{{@key}}{{/each}}", {"a": {"x": 1, "y": 2}}, "xy"),
        ("{{#each a}}{{this}}{{/each}}", {"a": {"x": 1, "y": 2}}, "12"),
        ("{{#each a as |v k|}}{{k}}{{v}}{{/each}}", {"a": [5, 6]}, "0516"),
        ("{{#with a}}{{b}}{{else}}-{{/with}}", {"a": 0}, ""),
        ("{{#with a}}{{b}}{{else}}-{{/with}}", {"a": ""}, "-"),
        ("  {{> p a}}\n.", {"a": {"b": "1\n2"}}, "  <1\n2>\n  <>\n."),
        ("{{#each a}}{{> p b=@index}}{{/each}}", {"a": [1, 2]}, "<0>\n<><1>\n<>"),
    ],
)
def test_generated_code_itself_does_what_the_closures_do(template: str, event: object, expected: str) -> None:
    made = compile_template(template, mode="plain", tier="generated", partials={"p": "<{{b}}>\n<{{c}}>"})
    assert made._fast is not None
    if template != "  {{> p a}}\n.":
        assert made._fast(event) == expected
    assert made.render(event) == compile_template(
        template, mode="plain", partials={"p": "<{{b}}>\n<{{c}}>"}, tier="closures"
    ).render(event)


def test_code_is_generated_in_the_second_render() -> None:
    made = compile_template("{{a}}", mode="text")
    assert [(made.render({"a": "x"}), made._fast is not None) for _ in range(3)] == [
        ("x", False),
        ("x", True),
        ("x", True),
    ]


def test_a_missing_key_takes_the_careful_way_of_its_run_only() -> None:
    made = compile_template("{{a.b}}{{a.c}}{{#if a}} {{d.e}}!{{/if}}", mode="text", tier="generated")
    assert made._fast is not None
    assert made._fast({"a": {"c": "C"}}) == "C !"


#: Text that would do harm if it were ever pasted into code: quotes, braces, newlines, Python.
HARM = [
    '"',
    "'",
    '"""',
    "'''",
    "{1+1}",
    "\\",
    "\n",
    "__import__('os')",
    "f'{x}'",
    "#",
    "%s",
    "{0}",
    "\x1b",
    "lambda: 0",
]
HARMFUL = "".join(HARM)
HARMFUL_TEMPLATE = (
    f"{HARMFUL.replace('{', '')}{{{{[{HARMFUL.replace(']', '')}]}}}}"
    "{{#each [a'b\"c]}}{{#if (eq [x\ny] 'it\\'s \"__import__\"')}}{{[\"]}}{{/if}}{{@key}}{{/each}}"
    "{{shout [key] [__class__]=[__init__] import=1}}"
    '{{default [a] "\\"); raise SystemExit(\\""}}'
)


def shout(*given: object, **named: object) -> str:
    return repr((given, sorted(named)))


def test_template_text_is_only_ever_a_constant_in_generated_code() -> None:
    from grantwire.template.calls import Helper

    helpers = {**HELPERS, "shout": Helper(shout, keys=frozenset({"*"}))}
    program = parse(HARMFUL_TEMPLATE)
    wanted = Wanted(Mode.TEXT, helpers, LIMITS, _escaper_of(Mode.TEXT))
    module, _ = generated_tree(program, wanted)
    own = {"append", "join", "get", "isascii"}
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                assert name in _own_names(), name
            case ast.Attribute(attr=attribute):
                assert attribute in own
            case ast.keyword(arg=keyword):
                assert keyword is None
            case ast.Import() | ast.ImportFrom() | ast.Global() | ast.Lambda() | ast.ClassDef():
                pytest.fail(f"{node} has no place in generated code")
            case _:
                pass


def _own_names() -> set[str]:
    from grantwire.template.careful import RUNTIME

    letters = {f"{letter}{number}" for letter in "cikzpvxhreqm" for number in range(200)}
    return {
        *RUNTIME,
        *letters,
        "same_scope",
        "UNDEFINED",
        "len",
        "enumerate",
        "Exception",
        "render",
        "s",
        "t",
        "u",
        "n",
        "o",
        "a",
    }


def test_harmful_text_comes_out_as_it_went_in() -> None:
    harmless = HARMFUL.replace("{", "")
    key = HARMFUL.replace("]", "").replace("\n", "")
    template = f"{harmless}{{{{[{key}]}}}}{{{{shout [__class__]=1 import=a}}}}"
    made = compile_template(template, mode="plain", tier="generated", helpers={"shout": shout})
    assert made._fast is not None
    assert made.render({key: "found", "a": 1}) == f"{harmless}found" + repr(((), ["__class__", "import"]))


class Trap:
    """An object that tells when anything but its type is asked for."""

    def __getattribute__(self, name: str) -> object:
        if name != "__class__":
            pytest.fail(f"the template reached the attribute {name!r}")
        return super().__getattribute__(name)

    def __str__(self) -> str:
        pytest.fail("the template printed an object by its own text")
        return ""


@pytest.mark.parametrize("tier", ["closures", "generated"])
@pytest.mark.parametrize("path", ["x.__class__", "x.y", "x.[0]", "x.length", "x"])
def test_no_attribute_of_an_object_is_ever_reached(tier: str, path: str) -> None:
    made = compile_template(f"<{{{{{path}}}}}>", mode="plain", tier=tier)
    assert made.render({"x": Trap()}) == ("<[object Object]>" if path == "x" else "<>")


@pytest.mark.parametrize("tier", ["closures", "generated"])
@pytest.mark.parametrize(
    "path",
    [
        "__class__",
        "a.__class__",
        "a.keys",
        "l.append",
        "l.[-1]",
        "s.upper",
        "s.[-1]",
        "n.real",
        "a.get",
        "s.format",
    ],
)
def test_plain_values_have_no_attributes_either(tier: str, path: str) -> None:
    made = compile_template(f"<{{{{{path}}}}}>", mode="plain", tier=tier)
    assert made.render({"a": {}, "l": [1], "s": "text", "n": 1}) == "<>"
