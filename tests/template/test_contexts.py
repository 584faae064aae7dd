"""The place of every mustache is known when a template is saved; a template without clear places is refused."""

from collections.abc import Mapping

import pytest

from grantwire.template.contexts import analyse, places
from grantwire.template.errors import Problem, Severity
from grantwire.template.parser import parse
from grantwire.template.tree import Block, Mode, PartialCall

GUIDE = r"""{
  "caused_by": "{{ data.requester.name }}",
  "cause": "{{ event_type }}",
  "description": "{ \"event_type\": \"{{ event_type }}\", \"group\": \"{{ data.groups.[0].integration.name }}\"}",
  "reopened_by": "apono app"
}"""


def problems(source: str, mode: Mode = Mode.JSON, partials: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    trees = {name: parse(text, partial=name) for name, text in (partials or {}).items()}
    return analyse(parse(source), mode, trees)[1]


def codes(source: str, mode: Mode = Mode.JSON, **partials: str) -> list[str]:
    return [f"{problem.severity} {problem.code}" for problem in problems(source, mode, partials)]


def found(source: str, mode: Mode = Mode.JSON) -> list[str]:
    """Each mustache's place as `kind depth`; the template must be free of errors."""
    tree, faults = analyse(parse(source), mode, {})
    assert not [problem for problem in faults if problem.severity is Severity.ERROR]
    return [f"{placed.place.kind} {placed.place.depth}" for placed in places(tree)]


def test_the_mustaches_of_a_guide_stand_in_strings_and_in_strings_in_strings() -> None:
    assert found(GUIDE) == ["string 0", "string 0", "string 1", "string 1"]
    assert codes(GUIDE) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"{{a}}"', ["string 0"]),
        ("{{a}}", ["value 0"]),
        ("[{{a}}, {{b}}]", ["value 0", "value 0"]),
        ('{"k": {{a}} }', ["value 0"]),
        ('{"{{a}}": 1}', ["key 0"]),
        ('{"x{{a}}y": "{{b}}"}', ["key 0", "string 0"]),
        (r'{"[\"{{a}}\"]": "{{b}}"}', ["key 0", "string 0"]),
        (r'"\\{{! a note }}b \\{{! another }}u0041{{a}}"', ["string 0"]),
        (r'{"d": "{ \"a\": {{a}} , \"{{k}}\": [\"{{b}}\"]}"}', ["value 1", "key 1", "string 1"]),
        (r'"{ \"a\": \"{ \\\"b\\\": {{x}}, \\\"c\\\": \\\"{{y}}\\\" }\" }"', ["value 2", "string 2"]),
        (r'"[\"{{a}}\"]"', ["string 1"]),
        (r'"[{{#if x}}{{a}}{{else}}\"{{b}}\"{{/if}}]"', ["value 1", "string 1"]),
        (r'"[{{#if x}}\"{{b}}\"{{else}}{{a}}{{/if}}]"', ["string 1", "value 1"]),
        (r'{{#if x}}"{ \"a\": {{else}}"{ \"b\": {{/if}}{{c}} }"', ["value 1"]),
        (r'"\n \t [ \"{{a}}\" ] \n"', ["string 1"]),
        (r'"\u007b \u0022k\u0022: {{a}} \u007d"', ["value 1"]),
        (r'"{\"k\": \"\\n{{a}}\"}"', ["string 1"]),
    ],
)
def test_a_place_follows_from_the_text_around_it(source: str, expected: list[str]) -> None:
    assert found(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"[{{status}}] request"',
        '"[{{status}}]"',
        '"[]{{a}}"',
        '"{{a}} {}"',
        '" {{a}} {"',
        '"{{#if a}}note: {{/if}}[{{b}}]"',
        r'"{{#if a}}note: {{/if}}[\"{{b}}\"]"',
        '"[1, 2, {{a}}]"',
        '"({{a}})"',
        r'"\"{{a}}\""',
    ],
)
def test_a_string_that_holds_no_whole_document_is_text(source: str) -> None:
    assert set(found(source)) == {"string 0"}
    assert codes(source) == []


def test_a_document_may_stand_in_one_branch_of_a_string() -> None:
    assert found(r'"{{#if a}}{ \"a\": \"{{a}}\" }{{/if}}"') == ["string 1"]
    assert found(r'"{{#if a}}{ \"a\": {{a}} }{{else}}[\"{{b}}\"]{{/if}}"') == ["value 1", "string 1"]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        (r'{"c": "{ \"a\": \"{{x}}\", }"}', 28),
        (r'{"c": "{ a: \"{{x}}\" }"}', 10),
        (r'{"c": "{ \"a\": \"{{x}}\" "}', 27),
        (r'{"c": "{ \"a\": \"{{x}}\n\" }"}', 24),
        (r'{"c": "{name} {{x}}"}', 9),
        (r'{"c": "{ \"a\": {{x}}{{y}} }"}', 22),
        (r'{"c": "{ \"a\": {{#if x}}{ {{else}}1{{/if}} {{x}} }"}', 8),
        (r'{"c": "{ \"a\": \"C:\\\{{x}}\" }"}', 24),
        (r'{"c": "  { \"a\": {{#if x}}{ {{else}}1{{/if}} {{x}} }"}', 10),
    ],
)
def test_a_string_that_only_begins_like_an_object_is_text_with_a_warning(source: str, column: int) -> None:
    assert codes(source) == ["warning not-nested-json"]
    assert problems(source)[0].position.column == column
    assert set(found(source)) == {"string 0"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('{"a": 1{{n}} }', "glued"),
        ('{"a": {{n}}1 }', "glued"),
        ('{"a": {{a}}{{b}} }', "glued"),
        ('{"a": {{a}}"b" }', "glued"),
        ('{"a": true{{b}} }', "glued"),
        ('{"a": tr{{b}} }', "glued"),
        ('{"a": -{{b}} }', "glued"),
        ('{"a": {{a}} {{b}} }', "missing-comma"),
        ('{"a": "b" {{b}} }', "missing-comma"),
        ('{"a": {"b":1} {{b}} }', "missing-comma"),
        ('{"a" {{b}} }', "missing-colon"),
        ('{"a" 1 }', "missing-colon"),
        ('{"a": }', "missing-value"),
        ('{"a": , "b": 1}', "missing-value"),
        ("{ {{k}}: 1}", "unquoted-key"),
        ('{"a": 1, {{k}}: 1}', "unquoted-key"),
        ("{a: 1}", "unquoted-key"),
        ("{a-b : 1}", "unquoted-key"),
        ("{ [1]: 2}", "unquoted-key"),
        ("{a}", "unquoted-key"),
        ("{'a': 1}", "single-quotes"),
        ("{\"a\": 'b'}", "single-quotes"),
        ('{"a": b}', "bad-value"),
        ('{"a": truE}', "bad-value"),
        ('{"a": 1.}', "bad-value"),
        ('{"a": 01}', "bad-value"),
        ('{"a": NaN}', "bad-value"),
        ('{"a": - 1}', "bad-value"),
        ('{"a": tr ue}', "bad-value"),
        ('{"a"::1}', "bad-value"),
        ('["a":1]', "missing-comma"),
        ("[1,]", "stray-comma"),
        ("[,1]", "stray-comma"),
        ("[1,,2]", "stray-comma"),
        ("[{{#each xs}},{{this}}{{/each}}]", "stray-comma"),
        ('{"a":1,}', "stray-comma"),
        ('{,"a":1}', "stray-comma"),
        ('{"a":1,,"b":2}', "stray-comma"),
        ("[1}", "wrong-bracket"),
        ('{"a":1]', "wrong-bracket"),
        ("[}", "wrong-bracket"),
        ('{"a":[1}', "wrong-bracket"),
        ('{"a":[,1]}', "stray-comma"),
        ('[{"a":1 "b":2}]', "missing-comma"),
        ("{]", "wrong-bracket"),
        ("[1 2]", "missing-comma"),
        ('{"a":1 "b":2}', "missing-comma"),
        ('{"a":1} x', "after-the-end"),
        ('{"a":1}}', "after-the-end"),
        ('{"a":1} {{b}}', "after-the-end"),
        ('{"a":1},', "after-the-end"),
        ('{"a":1', "unterminated"),
        ('{"a":', "unterminated"),
        ('{"a', "unterminated"),
        ('"abc', "unterminated"),
        ('"{{a}}', "unterminated"),
        ('{"a": 1.', "unterminated"),
        ("", "unterminated"),
        (" \n", "unterminated"),
        ('{"a": "x\ny"}', "raw-control-character"),
        ('{"a": "x\ty"}', "raw-control-character"),
        (r'{"a": "\q"}', "bad-escape"),
        (r'{"a": "\u12"}', "bad-escape"),
        (r'{"a": "\u12g4"}', "bad-escape"),
        (r'{"a": "C:\\{{x}}"}', "lone-backslash"),
        (r'{"a": "\\{{#if x}}n{{/if}}"}', "lone-backslash"),
        (r'{"a": "{{#if x}}\\{{/if}}n"}', "lone-backslash"),
        (r'{"a": "\u00{{x}}"}', "lone-backslash"),
        ('{"a": {{#if x}}"b{{else}}"c"{{/if}} }', "branches-differ"),
        ('{"a": {{#if x}}[1{{else}}2{{/if}} }', "branches-differ"),
        ('{"a": "{{#each x}}"{{/each}} }', "branches-differ"),
        ("{{#each x}}[{{/each}}", "branches-differ"),
        ('"{{#if a}}x"{{/if}}', "branches-differ"),
    ],
)
def test_a_body_that_cannot_be_json_is_refused_with_the_reason(source: str, code: str) -> None:
    first = problems(source)[0]
    assert (first.severity, first.code) == (Severity.ERROR, code)


@pytest.mark.parametrize("source", [r'{"a": "\u12"}', r'{"a": "\q{{x}}"}', '{"a": "x\ny"}', r'{"a": "C:\\{{x}}"}'])
def test_a_fault_inside_a_string_does_not_cause_others(source: str) -> None:
    assert len(codes(source)) == 1


def test_every_error_names_its_line_and_column_and_a_way_to_mend_it() -> None:
    (problem,) = problems('{\n  "a": 1,\n  b: {{x}}\n}')
    assert (problem.position.line, problem.position.column) == (3, 3)
    assert problem.suggestion == 'write "key": value'


def test_all_faults_of_a_body_are_found_at_once() -> None:
    source = '{a: {{x}}{{y}}, "b\n": "C:\\\\{{z}}", {{k}}: "\\q", c: 1]'
    assert [problem.code for problem in problems(source)] == [
        "unquoted-key",
        "glued",
        "raw-control-character",
        "lone-backslash",
        "unquoted-key",
        "bad-escape",
        "unquoted-key",
        "wrong-bracket",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "[{{#each xs}}{{this}}{{#unless @last}},{{/unless}}{{/each}}]",
        "[{{#each xs}}{{#unless @first}},{{/unless}}{{this}}{{/each}}]",
        "[{{#each xs}}{{#if @first}}{{else}},{{/if}}{{this}}{{/each}}]",
        "[{{#each xs}}{{this}}{{#if @last}}{{else}},{{/if}}{{/each}}]",
        "[{{#each xs}}{{#if @index}},{{/if}}{{this}}{{/each}}]",
        "[{{#each xs}}{{#unless (eq @index 0)}},{{/unless}}{{this}}{{/each}}]",
        "[{{#each xs}}{{this}}{{#if (not @last)}},{{/if}}{{/each}}]",
        "[{{#each xs}}{{this}}{{#unless (or @last @last)}},{{/unless}}{{/each}}]",
        "[{{#each xs}}{{this}}{{^@last}},{{/@last}}{{/each}}]",
        "[{{#xs}}{{this}}{{^@last}},{{/@last}}{{/xs}}]",
        "[{{#xs}}{{#if a}}{{a}}{{else}}0{{/if}}{{#unless @last}},{{/unless}}{{/xs}}]",
        "[{{#each xs}}{{this}}{{#unless @last}},{{/unless}}{{else}}1{{/each}}]",
        "[{{#each xs}}[{{#each this}}{{a}}{{^@last}},{{/@last}}{{/each}}]{{#unless @last}},{{/unless}}{{/each}}]",
        "[0{{#each xs}},{{this}}{{/each}}]",
        "[{{#each xs}}{{this}},{{/each}}0]",
        "[{{#each xs}}{{#each this}}{{this}},{{/each}}{{/each}}0]",
        '{ {{#each xs}}"a{{@key}}": {{this}}{{#unless @last}},{{/unless}}{{/each}} }',
        '{"a": 1{{#if x}}, "b": 2{{/if}} }',
        '{ {{#if x}}"a": 1,{{/if}} "b": 2}',
        '{"a": {{#if x}}1{{else if y}}"y"{{else}}null{{/if}} }',
        '{"a": {{#unless x}}1{{else}}[]{{/unless}} }',
        '{"a": {{#with x}}"{{y}}"{{else}}null{{/with}} }',
        '{"a": {{#if x}}"foo {{else}}"bar {{/if}}{{z}}"}',
        "{{! a note }}[1{{! another }}]",
        '"{{#each xs}}{{this}}, {{/each}}"',
        "[{{#each a}}{{#each b}}{{#unless (and @first @../first)}},{{/unless}}{{this}}{{/each}}{{else}}1{{/each}}]",
    ],
)
def test_a_body_right_for_all_data_gives_no_stray_comma_warning(source: str) -> None:
    assert [
        code for code in codes(source) if "data-as-key" not in code and "glued" not in code
    ] == [] or "@../" in source


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("[{{#each xs}}{{this}},{{/each}}]", "stray-comma"),
        ("[1{{#if a}},{{/if}}]", "stray-comma"),
        ("[{{#if a}}1{{/if}},2]", "stray-comma"),
        ("[{{#if a}}1,{{/if}}]", "stray-comma"),
        ('[{{#if a}}1{{/if}},"{{x}}"]', "stray-comma"),
        ('{"a": 1, {{#if b}}"b": 2{{/if}} }', "stray-comma"),
        ("[{{#each xs}}{{this}}{{#unless @first}},{{/unless}}{{/each}}]", "stray-comma"),
        ("[{{#each xs}}{{this}}{{#if @last}},{{/if}}{{/each}}]", "stray-comma"),
        (
            "[{{#each a}}{{#each b}}{{c}}{{^@last}},{{/@last}}{{/each}}{{#unless @last}},{{/unless}}{{/each}}]",
            "stray-comma",
        ),
        ("[{{#each xs}}{{this}}{{/each}}]", "glued"),
        ('[{{#each xs}}{"a":1}{{/each}}]', "missing-comma"),
        ('{"a": {{#if x}}1{{/if}} }', "missing-value"),
        ("{{#if a}}[]{{/if}}", "unterminated"),
    ],
)
def test_what_only_some_data_breaks_is_a_warning(source: str, code: str) -> None:
    assert {(problem.severity, problem.code) for problem in problems(source)} >= {(Severity.WARNING, code)}
    assert not [problem for problem in problems(source) if problem.severity is Severity.ERROR]
    assert problems(source)[0].message.startswith("for some data, ")


def test_a_fault_on_every_way_is_an_error_even_when_each_way_has_another() -> None:
    assert "error missing-comma" in codes("{{#if a}}[1 2{{else}}[1{{/if}}]")
    assert "error stray-comma" in codes("[{{#if a}}1{{else}}2{{/if}},]")
    assert [code for code in codes("{{#if a}}[{{else}}[1{{/if}}{{#if b}},2{{else}}{{/if}} x]") if "error" in code]


@pytest.mark.parametrize("spelling", ["{{{x}}}", "{{&x}}"])
def test_raw_mustaches_are_escaped_in_json_and_said_to_be(spelling: str) -> None:
    source = f'{{"a": "{spelling}"}}'
    assert codes(source) == ["warning raw"]
    assert found(source) == ["string 0"]


def test_data_as_a_key_is_a_warning() -> None:
    assert codes('{"{{k}}": 1}') == ["warning data-as-key"]


def test_documents_nest_four_deep_in_strings_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        text = '["{{x}}"]'
        for _ in range(depth):
            text = '["' + text.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        return text

    for depth in range(5):
        assert found(nested(depth)) == [f"string {depth}"]
    assert codes(nested(5)) == ["error nested-too-deep"]


def test_a_partial_is_analysed_for_each_spot_it_is_called_in() -> None:
    tree, faults = analyse(parse('{"a": {{> p}}, "b": "{{> p}}"}'), Mode.JSON, {"p": parse("{{x}}", partial="p")})
    calls = [node for node in tree.body if isinstance(node, PartialCall)]
    kinds = [placed.place.kind for call in calls if call.program for placed in places(call.program)]
    assert (kinds, faults) == (["value", "string"], ())


@pytest.mark.parametrize(
    ("source", "partial", "expected"),
    [
        ("{{> p}}", '{"v": {{v}}, "k": [{{#each k}}{{> p}}{{#unless @last}},{{/unless}}{{/each}}]}', []),
        ('"{{> p}}"', "{{v}}{{#if k}} {{> p k}}{{/if}}", []),
        ("[{{#each xs}}{{> p}}{{/each}}]", "{{this}}{{#unless @last}},{{/unless}}", []),
        ('{"a": {{> p}} }', '"{{v}}', ["error unterminated"]),
        ("{{> p}}", '{"v": "{{#if k}}{{> p}}{{/if}}"}', ["error recursive-partial"]),
        ("{{> p}}", "[{{#if k}}{{> p}}{{/if}}", ["error unterminated", "error recursive-partial"]),
        ("{{> p}}", "{{> p}}", ["error endless-recursion"]),
        ("{{> q}}", "1", ["error unknown-partial"]),
        ("{{> (lookup . 'x')}}", "1", ["error dynamic-partial"]),
        ("{{> p}}", '["{{v}} {{#if k}}{{> p}}{{/if}}"]', ["error recursive-partial"]),
        ("{ {{> p}} }", '"a": {{#if k}}{{> p}}{{else}}1{{/if}}', ["error recursive-partial"]),
        ('{"a": {{> q}}, "b": "{{> q}}", "c": [{{> q}}, {{> q}}]}', "1", ["error unknown-partial"] * 4),
        ("{ {{> q}} : 1}", "1", ["error unknown-partial"]),
        ("{{#*inline name}}1{{/inline}}[1]", "", ["error dynamic-partial"]),
        ('[{{> "p"}}]', "1", []),
        ("[{{> [p]}}]", "1", []),
        ("{{#> p}}1{{/p}}", "[{{> @partial-block}}]", []),
        ("{{#> q}}[{{x}}]{{/q}}", "", []),
        ("{{> p}}", "[{{> @partial-block}}]", ["error unknown-partial"]),
        ('{{#*inline "i"}}{{x}}{{/inline}}[{{> i}}, "{{> i}}"]', "", []),
        ('{{#> p}}{{#*inline "i"}}{{x}}{{/inline}}{{/p}}', '["{{> i}}"]', []),
        ("{{{{raw}}}}x{{{{/raw}}}}", "", ["error raw-block", "error unterminated"]),
    ],
)
def test_partials_are_followed(source: str, partial: str, expected: list[str]) -> None:
    assert codes(source, p=partial) == expected


def test_a_problem_in_a_partial_names_it() -> None:
    (problem,) = problems("{{> p}}", partials={"p": "[\n1,]"})
    assert (problem.partial, problem.position.line, problem.code) == ("p", 2, "stray-comma")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a":1}\n{"b":"{{x}}"}\n', []),
        ('{"a":1}\r\n{"b":"{{x}}"}', []),
        ('{{#each xs}}{"b":"{{this}}"}\n{{/each}}', []),
        ("", []),
        (r'{"a":"{ \"x\":\n \"{{y}}\" }"}', []),
        ('{"a":\n1}', ["error line-break"]),
        ('{"a":1\n}', ["error line-break"]),
        ('{"a":1}\n\n{"b":2}\n', []),
        ('{"a":1} {"b":2}', ["error after-the-end"]),
    ],
)
def test_ndjson_holds_one_document_on_each_line(source: str, expected: list[str]) -> None:
    assert codes(source, Mode.NDJSON) == expected


def test_a_template_with_too_many_ways_through_it_is_refused_soon() -> None:
    loops = 40
    looks_far = "{{#unless @../../../../../../last}},{{/unless}}"
    source = "[" + "{{#each a}}" * loops + "{{b}}" + looks_far + "{{/each}}" * loops + "]"
    (problem,) = problems(source)
    assert (problem.code, problem.severity) == ("too-tangled", Severity.ERROR)
    assert "too many ways" in problem.message


def test_a_comma_may_depend_on_the_turn_of_an_outer_loop() -> None:
    inner = '{{#if @../first}},"y"{{else}} "z"{{/if}}'
    assert codes('["x"{{#each a}}{{#each b}}' + inner + "{{/each}}{{/each}}]") == ["error missing-comma"]
    inner = '{{#if @../first}},"y"{{else}}, "z"{{/if}}'
    assert codes('["x"{{#each a}}{{#each b}}' + inner + "{{/each}}{{/each}}]") == []
    commas = "{{#if @first}}{{#unless @../first}},{{/unless}}{{else}},{{/if}}{{c}}"
    otherwise = "{{else}}{{#unless @first}},{{/unless}}0"
    assert codes("[{{#each a}}{{#each b}}" + commas + otherwise + "{{/each}}{{/each}}]") == []


def test_a_condition_with_options_is_not_taken_as_known() -> None:
    assert codes("[{{#each xs}}{{#if @index includeZero=true}},{{/if}}{{this}}{{/each}}]") == [
        "warning stray-comma",
        "warning glued",
    ]


def test_many_nested_loops_alone_are_not_too_many_ways() -> None:
    source = "[" + "[{{#each a}}" * 40 + "{{b}}" + "{{^@last}},{{/@last}}{{/each}}]" * 40 + "]"
    assert "error too-tangled" not in codes(source)


def test_a_fault_that_only_the_third_turn_of_a_loop_meets_is_found() -> None:
    source = '["x"{{#each xs}}{{#unless @first}}{{#unless @last}}, "b",{{/unless}}{{/unless}}{{/each}}]'
    found_in = {(problem.code, problem.position.column) for problem in problems(source)}
    assert ("stray-comma", source.index(', "b"') + 1) in found_in


def test_faults_before_one_that_nothing_gets_past_stay_warnings() -> None:
    assert codes("[{{#if a}}1{{/if}}, 2 3]") == ["warning stray-comma", "error missing-comma"]
    assert codes(r'[{{#if a}}1{{/if}}, "\q" 2]') == ["warning stray-comma", "error bad-escape", "error missing-comma"]


def test_partials_may_call_each_other_ten_deep() -> None:
    def chain(length: int) -> list[str]:
        partials = {f"p{index}": f"[{{{{> p{index + 1}}}}}]" for index in range(length)}
        return codes("{{> p0}}", **partials, **{f"p{length}": "1"})

    assert chain(9) == []
    assert chain(10) == ["error partials-too-deep"]


def test_a_partial_that_calls_itself_is_placed_as_deep_as_partials_go() -> None:
    partial = parse("[{{v}}, {{#if k}}{{> p}}{{else}}0{{/if}}]", partial="p")
    tree, faults = analyse(parse("{{> p}}"), Mode.JSON, {"p": partial})
    assert faults == ()
    depth = 0
    (call,) = tree.body
    while isinstance(call, PartialCall) and call.program is not None and call.program.body:
        assert [str(placed.place.kind) for placed in places(call.program)] == ["value"]
        block = next(node for node in call.program.body if isinstance(node, Block))
        assert block.program is not None
        (call,) = block.program.body
        depth += 1
    assert depth > 10


@pytest.mark.parametrize(
    ("source", "suggestion", "column"),
    [
        ('{"a":[1', "close it with ]}", 8),
        ('[{"a":1', "close it with }]", 8),
        ('["abc', 'close the string with "', 6),
        ("[{{a}}", "close it with ]", 2),
        (" ", "write an object, or a mustache that prints a value", 2),
    ],
)
def test_a_body_that_ends_too_soon_is_told_how_to_end(source: str, suggestion: str, column: int) -> None:
    (problem,) = problems(source)
    assert (problem.code, problem.suggestion, problem.position.column) == ("unterminated", suggestion, column)


def test_a_cut_escape_is_told_from_a_lone_backslash() -> None:
    assert "swallow" in problems(r'"C:\\{{x}}"')[0].message
    assert "cut off" in problems(r'"\u00{{x}}"')[0].message


def test_a_refused_recursion_names_its_partial() -> None:
    (problem,) = problems("{{> p}}", partials={"p": '["{{v}} {{#if k}}{{> p}}{{/if}}"]'})
    assert '"p"' in problem.message


def test_a_mustache_that_only_some_data_glues_in_a_document_in_a_string_is_a_warning() -> None:
    source = r'"[\"a\" {{#if x}}, {{/if}}{{y}}]"'
    assert codes(source) == ["warning missing-comma"]
    assert found(source) == ["value 1"]


def test_a_fault_in_one_branch_of_a_document_in_a_string_is_an_error() -> None:
    assert codes(r'"{ \"a\": 1 {{#if x}} \"b\": 2 {{/if}} }"') == ["error missing-comma"]
    assert codes(r'"{ \"a\": 1 {{#if x}}{{else}} \"b\": 2 {{/if}} }"') == ["error missing-comma"]
    assert codes(r'"{ \"a\": 1 {{#if x}}, \"b\": {{x}} {{/if}} }"') == []


def test_a_comma_that_only_some_data_breaks_in_a_document_in_a_string_is_a_warning() -> None:
    assert codes(r'"[\"a\" {{#if x}}, {{/if}}]"') == ["warning stray-comma"]
    assert codes(r'"[{{#if x}}\"a\"{{/if}}, \"{{b}}\"]"') == ["warning stray-comma"]


def test_behind_a_partial_that_is_not_there_the_grammar_goes_on_as_before() -> None:
    assert codes('{"a" {{> nope}}: 1}') == ["error unknown-partial"]
    assert codes('{"a": {{> nope}}, {{> nope}}: 1}') == ["error unknown-partial", "error unknown-partial"]

    assert codes(r'"{ \"a\": {{> nope}}, \"b\": \"{{x}}\" }"') == ["error unknown-partial"]


@pytest.mark.parametrize(
    ("source", "partial"),
    [
        ('"{{> p}}"', "{{x}}{{#if a}}{{> p}}{{/if}}"),
        ('"{{> p}}"', "{{#if a}}{{> p}}{{/if}}{{x}}"),
        ('"-{{> p}}"', "{{x}}{{#if a}}{{> p}}{{/if}}"),
        ("[{{> p}}]", "1{{#if a}}, {{> p}}{{/if}}"),
        ("[{{> p}}]", "{{#if a}}{{> p}}, {{/if}}1"),
        ("{ {{> p}} }", '"a": 1{{#if b}}, {{> p}}{{/if}}'),
        ('{"a"{{> p}} }', "{{#if b}}{{> p}}{{else}}: 1{{/if}}"),
        ('{"a": {{> p}} }', '{"b": {{#if x}}{{> p}}{{else}}1{{/if}} }'),
        (r'"{ \"a\": {{> p}} }"', r"{ \"b\": {{#if x}}{{> p}}{{else}}1{{/if}} }"),
    ],
)
def test_a_partial_may_call_itself_in_the_same_sort_of_spot(source: str, partial: str) -> None:
    assert codes(source, p=partial) == []


@pytest.mark.parametrize(
    ("source", "partial"),
    [
        ("{{> p}}", '"{{#if a}}{{> p}}{{/if}}"'),
        ("[{{> p}}]", "1{{#if a}}{{> p}}{{/if}}"),
        ('"{{> p}}"', r"{ \"a\": {{#if x}}{{> p}}{{else}}1{{/if}} }"),
        ('{"a": {{> p}} }', '{"b": 1{{#if x}}{{> p}}{{/if}} }'),
    ],
)
def test_a_partial_that_calls_itself_in_another_sort_of_spot_is_refused(source: str, partial: str) -> None:
    assert any(code.startswith("error") for code in codes(source, p=partial))


def test_a_body_that_holds_nothing_is_one_problem_of_one_character() -> None:
    (problem,) = problems("")
    assert (problem.code, problem.position.offset, problem.length) == ("unterminated", 0, 1)


def test_a_string_two_branches_have_opened_goes_on_as_either_of_them() -> None:
    assert codes('{ {{#if x}}"k": "{{else}}"{{/if}}v" }') == ["warning missing-colon"]


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ('{{#if x}}{"a": "{{else}}{{/if}}', "one inside a string, another outside all brackets"),
        ('{ {{#if x}}"a{{else}}"a": {{/if}}', "one inside a key, another in an object (1 deep)"),
        ("[{{#if x}}{{else}}[{{/if}}", "one in a list (1 deep), another in a list (2 deep)"),
    ],
)
def test_ways_that_end_in_different_places_are_told_with_both(source: str, where: str) -> None:
    (differ,) = [problem for problem in problems(source) if problem.code == "branches-differ"]
    assert differ.message.endswith(f"end in different places: {where}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "the body holds no JSON"),
        (" \n", "the body holds no JSON"),
        ("tru", "the body ends before its JSON is complete"),
        ("[1", "the body ends before its JSON is complete"),
        ("-", "the body ends before its JSON is complete"),
    ],
)
def test_a_body_without_json_is_told_apart_from_one_that_is_cut_off(source: str, message: str) -> None:
    assert [problem.message for problem in problems(source)] == [message]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r'"{ \\{{! cut }}"a\\{{! cut }}": {{x}} }"', ["value 1"]),
        (r'"{ \"a\\{{! cut }}n\": \"{{x}}\" }"', ["string 0"]),  # a line break in the inner string
        (r'"{ \"a\\{{! cut }}\\{{! cut }}n\": \"{{x}}\" }"', ["string 1"]),
        (r'"{ \ud83d \"a\": {{x}} }"', ["string 0"]),
        (r'"{ \"\ud83d\ude00\": {{x}} }"', ["value 1"]),
        (r'"{ \u0022a\u0022: {{x}} }"', ["value 1"]),
    ],
)
def test_escapes_that_are_cut_or_spelled_out_reach_the_document_in_the_string(source: str, expected: list[str]) -> None:
    assert found(source) == expected
