"""Everything that can be said about a template before it is saved, in one call.

In: a template's source; per trigger a sample event and a JSON Schema; the columns it fills. Out: all problems.
Never: raising for what is wrong with the template, or stopping at the first problem.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from grantwire.template.canary import check_canary
from grantwire.template.columns import Columns, lint_columns, problem
from grantwire.template.compile import Template, compile_template
from grantwire.template.contexts import analyse
from grantwire.template.errors import Problem, RenderError, Severity, TemplateError
from grantwire.template.labels import lint_labels
from grantwire.template.lint import leads, lint
from grantwire.template.outline import pieces_of
from grantwire.template.parser import parse
from grantwire.template.tree import START, Mode
from grantwire.template.values import Value

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def check_template(
    source: str,
    *,
    mode: Mode | str = Mode.JSON,
    samples: Mapping[str, Value] = NOTHING,
    schemas: Mapping[str, Any] = NOTHING,
    columns: Columns | None = None,
    partials: Mapping[str, str] | None = None,
    strict: bool = False,
) -> tuple[Problem, ...]:
    """All problems, in order of position; no errors among them means that the template can be saved.

    `samples` and `schemas` are keyed by trigger: an event, and a JSON Schema (2020-12) of the whole event. `columns`
    are those of the table a JSON body fills. `strict` turns paths no event knows into errors.
    """
    try:
        template = compile_template(source, mode=mode, partials=partials, strict=strict)
    except TemplateError as error:
        return tuple(sorted(error.problems, key=order))
    checked = Checked(template, source, partials or {}, schemas, columns)
    found = [*template.warnings, *checked.static(is_strict=strict), *checked.rendered(samples)]
    return tuple(sorted(dict.fromkeys(found), key=order))


def order(problem: Problem) -> tuple[str, int, str, str]:
    return (problem.partial or "", problem.position.offset, problem.code, problem.message)


@dataclass(frozen=True, slots=True)
class Checked:
    """A template that compiles."""

    template: Template
    source: str
    partials: Mapping[str, str]
    schemas: Mapping[str, Any]
    columns: Columns | None

    def static(self, *, is_strict: bool) -> Iterator[Problem]:
        """What its text alone tells."""
        trees = {name: parse(text, partial=name) for name, text in self.partials.items()}
        program, _ = analyse(parse(self.source), self.template.mode, trees)
        yield from lint(program, self.schemas, is_strict=is_strict)
        if self.template.mode is not Mode.JSON:
            return
        pieces, led = pieces_of(program), leads(program, self.schemas)
        yield from lint_labels(pieces, led)
        if self.columns is not None:
            yield from lint_columns(pieces, self.columns, led)

    def rendered(self, samples: Mapping[str, Value]) -> Iterator[Problem]:
        """What becomes of the samples."""
        for trigger, sample in samples.items():
            try:
                text = self.template.render(sample)
            except RenderError as error:
                message = f"the sample of {trigger} does not render: {error.problem.message}"
                yield replace(error.problem, message=message)
                continue
            yield from check_canary(self.template, sample)
            if self.columns is not None and self.template.mode is Mode.JSON:
                yield from self.cut(trigger, json.loads(text), self.columns)

    def cut(self, trigger: str, body: Any, columns: Columns) -> Iterator[Problem]:
        """Fields that are too long with a sample."""
        for name, value in body.items() if isinstance(body, dict) else ():
            most = columns[name].most_characters if name in columns and not columns[name].refers_to else None
            if most is not None and isinstance(value, str) and len(value) > most:
                message = f'"{name}" holds {most} characters; with the sample of {trigger} it has {len(value)}'
                yield self.at_field(name, message)

    def at_field(self, name: str, message: str) -> Problem:
        program, _ = analyse(parse(self.source), self.template.mode, {})
        pieces = (piece for piece in pieces_of(program) if piece.is_field and piece.labels[0] == name)
        piece = next(pieces, None)
        suggestion = "it is cut without a word: shorten a value with {{truncate value 100}}"
        if piece is None:
            return Problem(message, START, severity=Severity.WARNING, code="longer-than-column", suggestion=suggestion)
        return problem(piece, "longer-than-column", message, suggestion)
