"""Forms, XML, URLs and headers: where a mustache may stand, and what is refused when a template is saved."""

import pytest

from grantwire.template.contexts import analyse, places
from grantwire.template.errors import Severity
from grantwire.template.parser import parse
from grantwire.template.tree import Mode


def codes(source: str, mode: Mode) -> list[str]:
    return [f"{problem.severity} {problem.code}" for problem in analyse(parse(source), mode, {})[1]]


def kinds(source: str, mode: Mode) -> list[str]:
    return [str(placed.place.kind) for placed in places(analyse(parse(source), mode, {})[0])]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a={{a}}&{{k}}={{v}}", ["form_value", "form_key", "form_value"]),
        ("{{a}}", ["form_key"]),
        ("a={{x}}b{{y}}", ["form_value", "form_value"]),
        ("a=1{{#each xs}}&x={{this}}{{/each}}&{{k}}=1", ["form_value", "form_key"]),
        ("a={{#if x}}{{a}}{{else}}{{b}}&c={{c}}{{/if}}&d={{d}}", ["form_value"] * 4),
    ],
)
def test_a_form_has_names_and_values(source: str, expected: list[str]) -> None:
    assert kinds(source, Mode.FORM) == expected
    assert codes(source, Mode.FORM) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a=%{{x}}", ["error percent"]),
        ("a=%2{{x}}", ["error percent"]),
        ("a=100%", ["error percent"]),
        ("a=%2F{{x}}", []),
        ("a={{x}}\n", ["warning unencoded"]),
        ("a=b c", ["warning unencoded"]),
    ],
)
def test_static_text_of_a_form_is_already_encoded(source: str, expected: list[str]) -> None:
    assert codes(source, Mode.FORM) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://h.x:8443/a/{{b}}/c", ["path_segment"]),
        ("https://h/v{{b}}.json", ["path_segment"]),
        ("https://h/{{a}}{{b}}", ["path_segment", "path_segment"]),
        ("https://h/a?x={{y}}&{{z}}=1#{{f}}", ["query", "query", "fragment"]),
        ("https://h?x={{y}}", ["query"]),
        ("https://h/a#b/c?d={{f}}", ["fragment"]),
        ("https://h/{{x}}.json", ["path_segment"]),
        ("https://h/{{#each p}}/{{this}}{{/each}}/z", ["path_segment"]),
        ("https://h/x{{#if q}}?q={{q}}{{/if}}", ["query"]),
        ("HTTP://h/..{{x}}y", ["path_segment"]),
    ],
)
def test_a_url_takes_mustaches_behind_its_host(source: str, expected: list[str]) -> None:
    assert kinds(source, Mode.URL) == expected
    assert [code for code in codes(source, Mode.URL) if ".." not in source] == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{{host}}/x", "url-origin"),
        ("https://{{host}}/x", "url-origin"),
        ("https://h{{port}}/x", "url-origin"),
        ("https://h:{{port}}/x", "url-origin"),
        ("{{scheme}}://h/x", "url-origin"),
        ("https:{{x}}", "url-origin"),
        ("https://h{{! a note }}ost.x{{x}}", "url-origin"),
        ("https:///{{x}}", "url-origin"),
        ("https://", "url-origin"),
        ("https://?x", "url-origin"),
        ("https://{{! a note }}/x", "url-origin"),
        ("/a/{{x}}", "url-origin"),
        ("//h/{{x}}", "url-origin"),
        ("file:///etc/{{x}}", "url-origin"),
        ("", "url-origin"),
        ("{{#if a}}https://a{{else}}https://b{{/if}}{{c}}", "url-origin"),
        ("https://h/a\\b", "unencoded"),
        ("https://h/a b", "unencoded"),
        ("https://h/a\n", "unencoded"),
        ("https://h/%2{{x}}", "percent"),
        ("https://h/.{{x}}/", "url-dots"),
        ("https://h/..{{x}}", "url-dots"),
        ("https://h/{{x}}./a", "url-dots"),
        ("https://h/{{x}}..", "url-dots"),
        ("https://h/{{x}}.?a", "url-dots"),
        ("https://h/{{x}}.{{y}}#", "url-dots"),
        ("https://h/x{{#if q}}?q={{q}}{{/if}}{{r}}", "branches-differ"),
    ],
)
def test_a_url_whose_address_data_could_choose_is_refused(source: str, code: str) -> None:
    assert codes(source, Mode.URL)[0] == f"error {code}"


def test_a_header_is_one_line_of_latin_letters() -> None:
    assert kinds("Token {{x}}", Mode.HEADER) == ["header_value"]
    assert codes("Token {{x}}", Mode.HEADER) == []
    assert codes("a{{x}}\r\nSet-Cookie: b", Mode.HEADER) == ["error header-character"]
    assert codes("☃{{x}}", Mode.HEADER) == ["error header-character"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<a>{{x}}</a>", ["text"]),
        ("<a b='{{x}}' c = \"{{y}}{{z}}\">{{t}}</a>", ["attribute", "attribute", "attribute", "text"]),
        ('<?xml version="1.0"?>\n<!-- c --><a><b/>{{x}}<![CDATA[<&]]></a>\n', ["text"]),
        ("<a>{{#each xs}}<b c='{{y}}'>{{this}}</b>{{else}}{{z}}{{/each}}</a>", ["attribute", "text", "text"]),
        ("<s:E xmlns:s='u'><s:B>&amp;&#10;&#xA;{{x}}</s:B ></s:E>", ["text"]),
        ("<a>{{#if x}}{{x}}{{/if}}</a>", ["text"]),
    ],
)
def test_xml_takes_mustaches_in_text_and_quoted_attributes(source: str, expected: list[str]) -> None:
    assert kinds(source, Mode.XML) == expected
    assert codes(source, Mode.XML) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("<{{n}}/>", "xml-place"),
        ("<a{{n}}/>", "xml-place"),
        ("<a></{{n}}>", "xml-place"),
        ("<a {{n}}='1'/>", "xml-place"),
        ("<a b{{n}}='1'/>", "xml-place"),
        ("<!-- {{x}} --><a/>", "xml-place"),
        ("<a><![CDATA[{{x}}]]></a>", "xml-place"),
        ("<?x {{x}}?><a/>", "xml-place"),
        ("<a b={{x}}/>", "xml"),
        ("<a b=c/>", "xml"),
        ("<a b/>", "xml"),
        ("{{x}}<a/>", "xml"),
        ("<a/>{{x}}", "xml"),
        ("x<a/>", "xml"),
        ("<a/><b/>", "xml"),
        ("<a></b>", "xml"),
        ("</a>", "xml"),
        ("<a>x & y</a>", "xml"),
        ("<a>&{{x}};</a>", "xml"),
        ("<a>&file;</a>", "xml"),
        ("<a b='<'/>", "xml"),
        ("<a></ a>", "xml"),
        ("<a></>", "xml"),
        ("<a></a b>", "xml"),
        ("<a/ >", "xml"),
        ("<a b='1'/x>", "xml"),
        ("<1/>", "xml"),
        ("<a>{{#if x}}<{{/if}}</a>", "branches-differ"),
        ("<a b='&'/>", "xml"),
        ("<a>1 < 2</a>", "xml"),
        ("<!DOCTYPE a><a/>", "xml"),
        ("<a>\x01</a>", "xml"),
        ("<a>{{x}}", "unterminated"),
        ("<a b='", "unterminated"),
        ("", "unterminated"),
        ("<!-- -->", "unterminated"),
        ("<a>{{#if x}}<b>{{/if}}</a>", "branches-differ"),
        ("<a {{#if x}}b='{{/if}}'/>", "branches-differ"),
        ("<a>{{#each x}}</a>{{/each}}", "branches-differ"),
    ],
)
def test_xml_that_cannot_be_well_formed_is_refused(source: str, code: str) -> None:
    assert codes(source, Mode.XML)[0] == f"error {code}"


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>{{x}}</a>', 31),
        ("<?xml encoding='utf-16' ?><a/>", 17),
        ("<?xml version='1.0'\tencoding = 'windows-1252' standalone='yes'?><a/>", 33),
        ("<?xml version='1.0'{{! a note }} encoding='latin1'?><a/>", 44),
        ("<?xml version='1.0' enc{{! a note }}oding='latin1'?><a/>", 44),
        ("<?xml version='1.0' encoding='lat{{! a note }}in1'?><a/>", 47),
        ("<?x{{! a note }}ml encoding='latin1'?><a/>", 30),
        ("{{#if x}}<?xml encoding='latin1'?>{{/if}}<a/>", 26),
        ("<?xml encoding='latin1'", 17),
    ],
)
def test_an_xml_body_that_declares_another_encoding_than_its_own_is_refused(source: str, column: int) -> None:
    problem = analyse(parse(source), Mode.XML, {})[1][0]
    assert (problem.code, problem.severity) == ("xml-encoding", Severity.ERROR)
    assert (problem.position.column, problem.length) == (column, 1)
    assert problem.suggestion == 'write encoding="UTF-8", or leave the encoding out'


def test_an_encoding_in_a_later_line_is_told_with_that_line() -> None:
    (problem,) = analyse(parse("<?xml version='1.0'\n encoding='latin1'?><a/>"), Mode.XML, {})[1]
    assert (problem.position.line, problem.position.column) == (2, 12)


@pytest.mark.parametrize(
    "source",
    [
        "<?xml version='1.0' encoding='UTF-8'?><a/>",
        '<?xml version="1.0" encoding = "utf-8" standalone="yes"?><a/>',
        "<?xml version='1.0'?><a encoding='latin1'/>",
        "<?xml-stylesheet encoding='latin1'?><a/>",
        "<?x encoding='latin1'?><a/>",
        "<?x {{! a note }}xml encoding='latin1'?><a/>",
        "<?other {{#if x}}a{{/if}}?><a/>",
        "<!-- <?xml encoding='latin1'?> --><a/>",
        "<a><![CDATA[<?xml encoding='latin1'?>]]></a>",
    ],
)
def test_an_xml_body_may_declare_utf_8_or_nothing(source: str) -> None:
    assert codes(source, Mode.XML) == []


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        ("<b>{{v}}{{#if k}}{{> p}}{{/if}}</b>", []),
        ("<b c='{{#if k}}{{> p}}{{/if}}'/>", ["recursive-partial"]),
        ("<b>{{#if k}}{{> p}}{{/if}}", ["recursive-partial", "xml"]),
    ],
)
def test_an_xml_partial_that_calls_itself_does_so_in_the_same_sort_of_spot(partial: str, expected: list[str]) -> None:
    problems = analyse(parse("<a>{{> p}}</a>"), Mode.XML, {"p": parse(partial, partial="p")})[1]
    assert sorted({problem.code for problem in problems}) == expected


def test_more_than_one_root_or_none_for_some_data_is_a_warning() -> None:
    assert codes("{{#each x}}<a/>{{/each}}", Mode.XML) == ["warning unterminated", "warning xml"]
    assert codes("{{#if x}}<a/>{{/if}}\n", Mode.XML) == ["warning unterminated"]
    assert codes("{{#if x}}<a/>{{else}}<b>{{x}}</b>{{/if}}\n", Mode.XML) == []


@pytest.mark.parametrize("mode", [Mode.TEXT, Mode.PLAIN])
def test_text_has_no_grammar(mode: Mode) -> None:
    assert kinds('{{a}}{{{b}}}"{{&c}}', mode) == ["text", "raw", "raw"]
    assert codes('{"a": {{{b}}}{{> (lookup . "x")}} \n"', mode) == []


@pytest.mark.parametrize("mode", [Mode.FORM, Mode.URL, Mode.HEADER, Mode.XML])
def test_recursive_and_shared_partials_work_in_every_mode(mode: Mode) -> None:
    start, end = {Mode.URL: ("https://h/", ""), Mode.XML: ("<a>", "</a>")}.get(mode, ("", ""))
    partial = parse("{{v}}{{#if k}}{{> p k}}{{/if}}", partial="p")
    tree, problems = analyse(parse(f"{start}{{{{> p}}}}{end}"), mode, {"p": partial})
    assert problems == ()
    assert tree.body
