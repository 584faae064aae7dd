"""Every example on the page about templates runs.

A fenced block's first line tells what it is: `handlebars template mode=…`, then `… event` (the page's first one unless
given), then `… result` or `text problem`, of which each line must be found in what the author is told.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grantwire.template import EXAMPLES, LIMITS, TemplateError, compile_template, format_problems
from grantwire.template.check import check_template

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "templates.md"
FENCE = re.compile(r"^```(\w+) (\w+)(?: mode=(\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Shown:
    source: str
    mode: str
    event: Any
    kind: str
    expected: str
    line: int


def shown_examples() -> Iterator[Shown]:
    text = PAGE.read_text()
    first: Any = None
    source, mode, event = "", "json", None
    for fence in FENCE.finditer(text):
        _, word, named, content = fence.groups()
        content = content.removesuffix("\n")
        match word:
            case "template":
                source, mode, event = content, named or "json", None
            case "event":
                event = json.loads(content)
                first = first or event
            case "result" | "problem":
                yield Shown(source, mode, event or first, word, content, text.count("\n", 0, fence.start()) + 1)


EXAMPLES_SHOWN = list(shown_examples())


@pytest.mark.parametrize("shown", EXAMPLES_SHOWN, ids=lambda shown: f"line-{shown.line}")
def test_the_example_does_what_the_page_says(shown: Shown) -> None:
    if shown.kind == "result":
        assert compile_template(shown.source, mode=shown.mode).render(shown.event) == shown.expected
        return
    told = format_problems(check_template(shown.source, mode=shown.mode), {None: shown.source})
    for line in shown.expected.splitlines():
        assert line in told


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(EXAMPLES_SHOWN) >= 20
    assert {shown.mode for shown in EXAMPLES_SHOWN} >= {"json", "form", "xml", "url", "header", "text"}
    assert {shown.kind for shown in EXAMPLES_SHOWN} == {"result", "problem"}


def test_every_helper_is_on_the_page_with_its_examples() -> None:
    page = PAGE.read_text()
    missing = [row for row in helper_rows() if row not in page]
    assert missing == []


def helper_rows() -> Iterator[str]:
    """The rows of the table of helpers, as they have to stand on the page."""
    for examples in EXAMPLES.values():
        for example in examples:
            event = json.dumps(example.event).replace("|", "\\|")
            yield f"| `{example.template}` | `{event}` | `{example.output}` |"


def test_the_limits_on_the_page_are_the_limits() -> None:
    page = PAGE.read_text()
    rows = [
        f"| template | {LIMITS.template_bytes // 1024} KiB, {LIMITS.nodes:,} tags, texts and arguments |",
        f"| names in a path | {LIMITS.path_names} |",
        f"| blocks in blocks | {LIMITS.block_depth} |",
        f"| partials in partials | {LIMITS.partial_depth} |",
        f"| turns of all loops in one rendering | {LIMITS.loop_turns:,} |",
        f"| text that comes out | {LIMITS.output_characters // 1024 // 1024} MiB |",
        f"| JSON in strings in strings | {LIMITS.json_depth} |",
    ]
    assert [row for row in rows if row not in page] == []


def test_the_python_examples_run_one_after_the_other() -> None:
    names: dict[str, Any] = {}
    results = []
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        *statements, last = ast.parse(code).body
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(statements, []), PAGE.name, "exec"), names)  # noqa: S102  an example of our own page
        results.append(eval(compile(ast.Expression(last.value), PAGE.name, "eval"), names))  # noqa: S307
    summary, initials, page = results
    assert json.loads(summary) == {"summary": 'Conan "Red" O\'Brien asks for admin'}
    assert (json.loads(initials), page) == ({"by": "AB"}, "11 22 ")


def test_a_template_the_page_calls_wrong_does_not_compile() -> None:
    with pytest.raises(TemplateError):
        compile_template('{"hours":{{data.hours}}}')
