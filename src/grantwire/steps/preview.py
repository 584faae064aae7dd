"""Preview: what a body template makes of one event.

In: a template as it is being typed, what it can read (see `context_of`). Out: the text, or what is wrong, with line and
column. Never: an exception for a template that is not finished.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.domain.receipt import names_read
from grantwire.template import Mode, Problem, RenderError, Severity, TemplateError, compile_template
from grantwire.template.tree import START


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` is None when there are problems."""

    text: str | None
    warnings: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def preview(
    source: str,
    context: Mapping[str, Any],
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
    warnings = (*template.warnings, *missing_receipt(source, context.get("receipt")))
    try:
        return Preview(template.render(context), warnings, ())
    except RenderError as error:
        return Preview(None, warnings, error.problems)


def missing_receipt(source: str, receipt: Any) -> Iterator[Problem]:
    """What is empty because there is no receipt, or not in it."""
    known = receipt if isinstance(receipt, Mapping) else {}
    missing = [f"receipt.{name}" for name in sorted(names_read(source)) if not known.get(name)]
    if missing:
        message = f"{', '.join(missing)}: there is none, so nothing is printed"
        suggestion = "give a receipt to see it with one"
        yield Problem(message, START, severity=Severity.WARNING, code="no-receipt", suggestion=suggestion)
