"""Rendering offline: a template and an event give a text, or every problem.

In: template source, an event's envelope. Out: text, problems and warnings, and their words with a caret under each.
Never: a file or a terminal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grantwire.domain.content_type import is_content_type, mode_of
from grantwire.domain.errors import Problem, Refused
from grantwire.steps.preview import missing_receipt
from grantwire.template import Problem as Finding
from grantwire.template import RenderError, Severity, TemplateError, compile_template, format_problems


@dataclass(frozen=True, slots=True)
class Rendered:
    """`words` tell problems and warnings to a person."""

    text: str | None
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    words: str

    def as_json(self) -> dict[str, object]:
        return {"text": self.text, "problems": _plain(self.problems), "warnings": _plain(self.warnings)}


def rendered(source: str, envelope: Any, *, content_type: str, strict: bool, receipt: Any = None) -> Rendered:
    """Raises `Refused` for a content type that is none."""
    if not is_content_type(content_type):
        problem = Problem("--content-type", f"{content_type!r} is no media type like application/json.")
        raise Refused("cannot render", [problem])
    try:
        template = compile_template(source, mode=mode_of(content_type), strict=strict)
    except TemplateError as error:
        problems = tuple(one for one in error.problems if one.severity is Severity.ERROR)
        warnings = tuple(one for one in error.problems if one.severity is Severity.WARNING)
        return Rendered(None, problems, warnings, str(error))
    warnings = (*template.warnings, *missing_receipt(source, receipt))
    words = format_problems(warnings, {None: source})
    try:
        return Rendered(template.render(_context(envelope, receipt)), (), warnings, words)
    except RenderError as error:
        return Rendered(None, error.problems, warnings, "\n\n".join(filter(None, (words, str(error)))))


def _context(envelope: Any, receipt: Any) -> Any:
    """As a delivery would have it; an event that has no id yet is given one for this."""
    if not isinstance(envelope, dict):
        return envelope
    event_id = envelope.get("event_id") or envelope.get("id") or "evt-sample"
    return {**envelope, "event_id": event_id, "receipt": receipt or {}}


def _plain(findings: Iterable[Finding]) -> list[dict[str, object]]:
    return [
        {
            "message": one.message,
            "line": one.position.line,
            "column": one.position.column,
            "length": one.length,
            "code": one.code,
            "expected": one.expected,
            "suggestion": one.suggestion,
        }
        for one in findings
    ]
