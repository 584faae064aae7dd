"""Problems of a definition, each at its field of the webhook form.

In: problems with the paths of a definition, and what was typed. Out: problems by the name of a field.
Never: a problem that is shown nowhere.
"""

import re
from collections.abc import Iterable, Mapping

from grantwire.domain.errors import Problem
from grantwire.edges.web.webhook_questions import question_field_of
from grantwire.edges.web.webhook_signing import signing_field_of
from grantwire.edges.web.webhook_typed import Typed

# What a field is called on the page, by the start of its path in a definition.
_LABELS: Mapping[str, str] = {
    "name": "Name",
    "url": "URL",
    "method": "Method",
    "body": "Body Template",
    "headers": "Headers",
    "auth": "Authentication",
    "tls.ca": "Authority",
    "tls": "Authority",
    "kind": "Kind",
    "triggers": "Triggers",
    "filters.expression": "Expression (CEL)",
    "filters": "Filters",
    "timeout_seconds": "Timeout in seconds",
    "response_validators": "Response Validators",
    "retry": "Retry",
    "limits": "Limits",
    "batch": "Batches",
    "signing.keys": "Signing key",
    "signing": "Signing",
    "content_type": "Content type",
    "partials": "Partial",
    "reconcile": "Ask before repeating",
    "captures": "Captures",
    "actions": "Action",
}
_INDEX = re.compile(r"\[\d+\]$")
_ROW_FIELDS = {"json_path": "path", "expected_values": "values"}


def label_of(path: str) -> str:
    """As the page calls the field of a problem, with the part of it that is meant."""
    for start, label in _LABELS.items():
        if path == start:
            return label
        if path.startswith((f"{start}.", f"{start}[")):
            rest = re.sub(r"[\[\]._]+", " ", path[len(start) :]).strip()
            number, _, more = rest.partition(" ")
            if number.isdecimal():
                return f"{label}, row {int(number) + 1}{', ' if more else ''}{more}"
            return f"{label}, {rest}"
    return path.replace("_", " ").capitalize()


def by_field(problems: Iterable[Problem], typed: Typed) -> Mapping[str, tuple[Problem, ...]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(field_of(problem.path, typed), []).append(problem)
    return {name: tuple(dict.fromkeys(told)) for name, told in found.items()}


def field_of(path: str, typed: Typed) -> str:
    """Empty for what concerns the whole form."""
    section, _, rest = path.partition(".")
    match section:
        case "auth":
            return f"auth.{typed.text('auth.type')}.{rest}" if rest and rest != "type" else "auth.type"
        case "signing":
            return signing_field_of(path)
        case "filters":
            return _filter(rest)
        case "partials":
            names = [row.text("name") for row in typed.partials]
            return f"partial.{names.index(rest)}.text" if rest in names else "partials"
        case "headers":
            names = [row.text("name").strip().lower() for row in typed.headers]
            return f"header.{names.index(rest.lower())}.name" if rest.lower() in names else "headers"
    if row := re.match(r"headers\[(\d+)\]", path):
        return f"header.{row[1]}.name"
    if row := re.match(r"response_validators\[(\d+)\](?:\.(\w+))?", path):
        return f"validator.{row[1]}.{_ROW_FIELDS.get(row[2] or '', 'path')}"
    return question_field_of(_INDEX.sub("", path))


def _filter(rest: str) -> str:
    if rest in {"expression", "time_zone"}:
        return f"filters.{rest}"
    rest = _INDEX.sub("", rest)
    return f"except.{rest.removeprefix('not.')}" if rest.startswith("not.") else f"filter.{rest}"
