"""Preview: what a body template makes of one event.

In: a template as it is being typed, an event. Out: the text, or what is wrong, with line and column.
Never: an exception for a template that is not finished.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.template import Mode, Problem, RenderError, Severity, TemplateError, compile_template


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` is None when there are problems."""

    text: str | None
    warnings: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def preview(
    source: str,
    envelope: Mapping[str, Any],
    *,
    mode: Mode | str,
    partials: Mapping[str, str] | None = None,
    strict: bool = False,
) -> Preview:
    try:
        template = compile_template(source, mode=mode, partials=partials or None, strict=strict)
    except TemplateError as error:
        warnings = tuple(one for one in error.problems if one.severity is Severity.WARNING)
        return Preview(None, warnings, tuple(one for one in error.problems if one.severity is Severity.ERROR))
    try:
        return Preview(template.render(envelope), template.warnings, ())
    except RenderError as error:
        return Preview(None, template.warnings, error.problems)
