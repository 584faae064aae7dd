"""A template is compared with the schemas of its events before anything is sent."""

from collections.abc import Mapping
from typing import Any

import pytest

from grantwire.domain.servicenow_columns import INCIDENT
from grantwire.template.check import check_template
from grantwire.template.errors import Problem, Severity

NAMED = {"type": ["object", "null"], "properties": {"id": {"type": "string"}, "name": {"type": ["string", "null"]}}}
REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["event_type", "data"],
    "properties": {
        "event_type": {"enum": ["Asked"]},
        "data": {
            "type": "object",
            "required": ["id", "requester", "groups", "flows"],
            "additionalProperties": True,
            "properties": {
                "id": {"type": "string", "maxLength": 32},
                "requester": {"$ref": "#/$defs/person", "description": "who asked"},
                "access_bundle": NAMED,
                "groups": {"type": "array", "items": {"$ref": "#/$defs/group"}},
                "flows": {"type": "array", "minItems": 1, "items": NAMED},
                "justification": {"type": ["string", "null"]},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "anything": {},
                "when": {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
                "is_urgent": {"type": "boolean"},
            },
        },
    },
    "$defs": {
        "person": {
            "type": "object",
            "required": ["id", "name", "email"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "email": {"type": "string"}},
        },
        "group": {
            "type": "object",
            "properties": {
                "integration": {"allOf": [NAMED, {"properties": {"type": {"type": "string"}}}]},
                "units": {"type": "array", "items": {"type": "object", "properties": {"path": {"type": "string"}}}},
            },
        },
    },
}
AUDIT: dict[str, Any] = {
    "type": "object",
    "required": ["event_type", "data"],
    "properties": {
        "event_type": {"const": "Audited"},
        "data": {"type": "object", "required": ["id"], "properties": {"id": NAMED["properties"], "actor": NAMED}},
    },
}


def found(source: str, *, strict: bool = False, **more: Any) -> list[Problem]:
    schemas = more.pop("schemas", {"Asked": REQUEST})
    return list(check_template(source, schemas=schemas, strict=strict, **more))


def codes(source: str, **more: Any) -> list[str]:
    return [problem.code for problem in found(source, **more)]


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("data.requestr.name", 'did you mean "data.requester.name"?'),
        ("data.requester.nam", 'did you mean "data.requester.name"?'),
        ("event_typ", 'did you mean "event_type"?'),
        ("data.zzz", ""),
        ("data.id.part", ""),
        ("@root.data.idd", 'did you mean "@root.data.id"?'),
        ("this.data.idd", 'did you mean "this.data.id"?'),
    ],
)
def test_an_unknown_path_is_named_with_what_may_have_been_meant(path: str, suggestion: str) -> None:
    (problem,) = found(f'["{{{{{path}}}}}"]')
    assert (problem.code, problem.suggestion) == ("unknown-path", suggestion)
    assert (problem.position.column, problem.length) == (5, len(path))


def test_a_key_in_other_letters_is_told_apart_from_an_unknown_one() -> None:
    (problem,) = found('["{{data.Requester.name}}"]')
    assert (problem.code, problem.suggestion) == ("path-case", 'write "data.requester.name"')


@pytest.mark.parametrize(
    "source",
    [
        '"{{data.id}} {{event_type}} {{data.requester.email}} {{data.access_bundle.name}}"',
        '"{{data.flows.[0].name}} {{data.flows.length}} {{data.justification.length}}"',
        '"{{data.fields.cost_center}} {{data.anything}} {{data.anything.at.all.[3]}} {{data.when}}"',
        "[{{data.requester}}, {{data.groups}}, {{json data}}]",
        '"{{#each data.groups}}{{integration.type}}{{@index}}{{../data.id}}{{@root.data.id}}{{/each}}"',
        '"{{#each data.groups as |g i|}}{{#each g.units as |u|}}{{u.path}}{{g.integration.id}}{{i}}{{/each}}{{/each}}"',
        '"{{#each data.fields}}{{@key}}{{this}}{{/each}}"',
        '"{{#with data.requester}}{{name}}{{../data.id}}{{/with}}{{#data.requester}}{{email}}{{/data.requester}}"',
        '"{{#data.groups}}{{integration.id}}{{/data.groups}}{{#data.is_urgent}}{{data.id}}{{/data.is_urgent}}"',
        '"{{#if data.groups}}{{data.groups.[0].integration.name}}{{/if}}"',
        '"{{#if data.groups.[2]}}{{data.groups.[2].integration.name}}{{/if}}"',
        '"{{#unless data.groups}}none{{else}}{{data.groups.[0].integration.name}}{{/unless}}"',
        '"{{#if (and data.id data.groups)}}{{data.groups.[0].integration.name}}{{/if}}"',
        '"{{#if (and data.id (and data.groups data.id))}}{{data.groups.[0].integration.name}}{{/if}}"',
        '"{{#unless (not data.groups)}}{{data.groups.[0].integration.name}}{{/unless}}"',
        '"{{#unless (or (not data.groups) data.id)}}{{data.groups.[0].integration.name}}{{/unless}}"',
        "\"{{#if (eq data.groups.[0].integration.name 'x')}}{{data.groups.[0].integration.name}}{{/if}}\"",
        '"{{#with data.groups}}{{@root.data.groups.[0].integration.name}}{{/with}}"',
        '"{{#each data.groups}}{{@root.data.groups.[0].integration.name}}{{/each}}"',
        "\"{{upper data.id}} {{lookup data 'id'}} {{default data.when data.id}} {{#if (eq data.id 1)}}x{{/if}}\"",
        '"{{> p data.requester who=1}}"',
        '{{#*inline "i"}}"{{name}}"{{/inline}}{{> i data.requester}}',
    ],
)
def test_a_path_the_schema_knows_is_not_remarked_on(source: str) -> None:
    partials = {"p": "{{#if name}}{{name}}{{who}}{{/if}}"} if "> p" in source else None
    assert codes(source, partials=partials) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('"{{data.requester}}"', "object-in-text"),
        ('"{{data.groups}}"', "list-in-text"),
        ('"{{#each data.groups}}{{this}}{{/each}}"', "object-in-text"),
        ('"{{data.groups.integration.name}}"', "list-without-index"),
        ('"{{data.groups.[0].integration.name}}"', "list-may-be-empty"),
        ('"{{data.flows.[1].name}}"', "list-may-be-empty"),
        ('"{{#if (or data.id data.groups)}}{{data.groups.[0].integration.name}}{{/if}}"', "list-may-be-empty"),
        ('"{{#if (not data.groups)}}{{data.groups.[0].integration.name}}{{/if}}"', "list-may-be-empty"),
        ('"{{#if (and data.id data.groups)}}{{else}}{{data.groups.[0].integration.id}}{{/if}}"', "list-may-be-empty"),
        ('"{{#unless (and data.id data.groups)}}{{data.groups.[0].integration.id}}{{/unless}}"', "list-may-be-empty"),
        ("\"{{#if (eq data.groups '')}}{{data.groups.[0].integration.id}}{{/if}}\"", "list-may-be-empty"),
        ('"{{#with data.id}}{{@root.data.groups.[0].integration.name}}{{/with}}"', "list-may-be-empty"),
        ('"{{#each data.groups}}{{integration.nam}}{{/each}}"', "unknown-path"),
        ('"{{#each data.groups}}{{../data.nam}}{{/each}}"', "unknown-path"),
        ('"{{#each data.groups as |g|}}{{g.nam}}{{/each}}"', "unknown-path"),
        ('"{{#each data.fields}}{{this.part}}{{/each}}"', "unknown-path"),
        ('"{{#with data.requester}}{{nam}}{{/with}}"', "unknown-path"),
        ('"{{#data.requester}}{{nam}}{{/data.requester}}"', "unknown-path"),
        ('"{{#if data.nam}}x{{/if}}"', "unknown-path"),
        ('"{{upper data.nam}}"', "unknown-path"),
        ('"{{#if (eq data.nam 1)}}x{{/if}}"', "unknown-path"),
        ('"{{truncate data.id data.nam}}"', "unknown-path"),
    ],
)
def test_what_the_schema_does_not_bear_out_is_a_warning(source: str, code: str) -> None:
    assert [(problem.code, problem.severity) for problem in found(source)] == [(code, Severity.WARNING)]


def test_a_list_that_may_be_empty_is_told_of_once_with_all_the_places_that_ask_for_an_item() -> None:
    source = (
        '"{{data.id}}{{data.groups.[0].integration.name}} {{data.groups.[0].integration.id}}{{data.flows.[1].name}}"'
    )
    groups, flows = found(source)
    assert groups.message == (
        '"data.groups": the list may have no item 0, and then nothing is printed in the 2 places that ask for it'
    )
    assert (groups.position.column, flows.position.column) == (15, 86)
    assert flows.message.endswith("no item 1, and then nothing is printed here")


def test_a_path_only_some_triggers_have_names_the_others() -> None:
    schemas = {"Asked": REQUEST, "Audited": AUDIT}
    (problem,) = found('"{{data.actor.name}}"', schemas=schemas)
    assert problem.code == "path-missing-for-some"
    assert "Asked events" in problem.message
    assert codes('"{{#if data.actor}}{{data.actor.name}}{{/if}}"', schemas=schemas) == []
    assert codes('"{{#if data.actor.name}}{{data.actor.name}}{{/if}}"', schemas=schemas) == []
    assert codes('"{{default data.actor.name 1}}"', schemas=schemas) == []
    assert codes('"{{data.nowhere}}"', schemas=schemas) == ["unknown-path"]


def test_strict_makes_unknown_paths_errors_and_warns_of_optional_ones() -> None:
    assert [problem.severity for problem in found('"{{data.idd}}"', strict=True)] == [Severity.ERROR]
    assert codes('"{{data.justification}}"', strict=True) == ["may-be-missing"]
    assert codes('"{{#if data.justification}}{{data.justification}}{{/if}}"', strict=True) == []
    assert codes('"{{default data.justification 1}}{{data.id}}"', strict=True) == []
    schemas = {"Asked": REQUEST, "Audited": AUDIT}
    assert Severity.ERROR in {one.severity for one in found('"{{data.actor.name}}"', strict=True, schemas=schemas)}


@pytest.mark.parametrize(
    "key", ["access_bundle_name", "accessBundleName", "bundle_name", "the-access-bundle-name", "ACCESS_BUNDLE_NAME"]
)
def test_a_label_that_promises_another_field_is_a_warning(key: str) -> None:
    (problem,) = found(f'{{"{key}": "{{{{data.access_bundle.id}}}}"}}')
    assert (problem.code, problem.suggestion) == ("label-and-path-differ", 'did you mean "data.access_bundle.name"?')


def test_a_label_is_read_in_documents_inside_strings_too() -> None:
    source = r'{"d": "{ \"a\": [1, {\"x\": 2}], \"access_bundle_name\": \"{{data.access_bundle.id}}\", \"z\": 1 }"}'
    assert codes(source) == ["label-and-path-differ"]


@pytest.mark.parametrize(
    "source",
    [
        '{"access_bundle_id": "{{data.access_bundle.id}}"}',
        '{"name": "{{data.access_bundle.id}}"}',
        '{"requester": "{{data.requester.email}}"}',
        '{"access_bundle_name": "{{upper data.access_bundle.id}}"}',
        '{"access_bundle_name": {"x": "{{data.access_bundle.id}}"} }',
        '{"access_bundle_name": "x", "y": ["{{data.access_bundle.id}}"]}',
        '{"{{data.id}}": 1}',
    ],
)
def test_a_label_that_promises_nothing_else_is_fine(source: str) -> None:
    assert "label-and-path-differ" not in codes(source)


def columns(source: str, **more: Any) -> list[tuple[str, int]]:
    problems = found(source, columns=INCIDENT, **more)
    return [(problem.code, problem.position.column) for problem in problems]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"caused_by": "{{data.requester.name}}"}', [("name-in-reference", 16)]),
        ('{"caused_by": "x {{data.requester.name}}"}', [("name-in-reference", 16)]),
        ('{"reopened_by": "apono app"}', [("name-in-reference", 18)]),
        ('{"caller_id": "{{data.requester.email}}"}', [("name-in-reference", 16)]),
        ('{"caller_id": "{{data.anything.sys_id}}"}', []),
        ('{"caller_id": "0123456789abcdef0123456789abcdef"}', []),
        ('{"caller_id": ""}', []),
        ('{"caller_id": null}', []),
        ('{"x": {"caller_id": "me"}}', []),
        ('{"short_description": "{{data.justification}}"}', [("longer-than-column", 24)]),
        ('{"short_description": "{{truncate data.justification 160}}"}', []),
        ('{"short_description": "{{truncate data.justification 161}}"}', [("longer-than-column", 24)]),
        ('{"short_description": "{{data.requester.name}}"}', []),
        ('{"number": "{{data.id}}12345678"}', []),
        ('{"number": "{{data.id}}123456789"}', [("longer-than-column", 13)]),
        (f'{{"number": "{"1" * 41}"}}', [("longer-than-column", 13)]),
        (f'{{"number": "{"1" * 40}"}}', []),
        (r'{"description": "{ \"a\": \"{{data.justification}}\" }"}', [("longer-than-column", 18)]),
        (r'{"description": "{ \"a\": \"{{data.id}}\" }"}', []),
        ('{"description": "{{data.justification}}"}', []),
    ],
)
def test_a_servicenow_body_is_compared_with_its_columns(source: str, expected: list[tuple[str, int]]) -> None:
    assert columns(source) == expected


def test_a_sample_that_is_longer_than_its_column_is_a_warning() -> None:
    sample = {"event_type": "Asked", "data": {"id": "1", "requester": {"name": "n" * 200}, "groups": [], "flows": []}}
    source = '{"short_description": "{{data.requester.name}}"}'
    (problem,) = found(source, columns=INCIDENT, samples={"Asked": sample})
    assert problem.message == '"short_description" holds 160 characters; with the sample of Asked it has 200'
    assert (problem.severity, problem.position.column) == (Severity.WARNING, 24)


def test_columns_are_only_compared_when_they_are_given() -> None:
    assert codes('{"caused_by": "{{data.requester.name}}"}') == []


@pytest.mark.parametrize(
    "schema",
    [True, {}, {"$ref": "https://example.com/x"}, {"$ref": "#"}, {"type": "object"}, {"anyOf": [{}, {"type": "null"}]}],
)
def test_a_schema_that_says_nothing_gives_no_problems(schema: Mapping[str, Any]) -> None:
    assert codes('"{{a.b}} {{#each c}}{{d}}{{/each}}"', schemas={"Any": schema}) == []


def test_alternatives_are_all_taken_into_account() -> None:
    either = {"oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "string"}}}]}
    assert codes('"{{a}}{{b}}"', schemas={"Either": either}) == []
    assert codes('"{{c}}"', schemas={"Either": either}) == ["unknown-path"]


def test_a_problem_in_a_partial_is_told_with_its_name() -> None:
    (problem,) = found('"{{> p data.requester}}"', partials={"p": "{{nam}}"})
    assert (problem.partial, problem.code, problem.position.column) == ("p", "unknown-path", 3)


@pytest.mark.parametrize(
    "source",
    [
        '{"short_description": "{{data.exact}}"}',
        '{"unknown_field": "{{data.long}}"}',
        '{"x": {"short_description": "{{data.long}}"} }',
        '["{{data.long}}"]',
        '{"short_description": {{data.number}} }',
    ],
)
def test_a_sample_that_fits_its_columns_is_not_remarked_on(source: str) -> None:
    sample = {"data": {"exact": "n" * 160, "long": "n" * 161, "number": 10**200}}
    assert list(check_template(source, columns=INCIDENT, samples={"Asked": sample})) == []


def test_a_long_field_is_told_with_its_own_place_even_when_a_partial_writes_it() -> None:
    sample = {"data": {"long": "n" * 161}}
    source = '{"number": "1", "short_description": "{{data.long}}"}'
    (problem,) = check_template(source, columns=INCIDENT, samples={"Asked": sample})
    assert problem.position.column == source.index("{{") + 1
    partials = {"p": '{"short_description": "{{data.long}}"}'}
    (problem,) = check_template("{{> p}}", columns=INCIDENT, samples={"Asked": sample}, partials=partials)
    assert (problem.code, problem.position.column) == ("longer-than-column", 1)


def test_other_modes_have_no_columns() -> None:
    sample = {"data": {"long": "n" * 161}}
    source = "short_description={{data.long}}&caused_by=me"
    assert list(check_template(source, mode="form", columns=INCIDENT, samples={"Asked": sample})) == []
