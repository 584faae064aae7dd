"""What somebody typed into the webhook form, kept as it was typed.

In: the fields of a form, or a definition. Out: a frozen value that a page shows and `webhook_definition` reads.
Never: a check; what is wrong is told by the definition.

Names of fields are paths: `auth.oauth2.client_id`, `filter.integration`, `except.requester`, `header.0.name`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grantwire.edges.web.forms import Form

_ROW = re.compile(r"(header|validator|partial|signing)\.(\d{1,4})\.(\w+)\Z")
_MARKS = frozenset({"secret", "kept", "fresh"})  # what a row is, not what was typed into it
_MORE = ".more"  # values that are typed instead of chosen, one on each line


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list whose rows can be added and removed; a box that is ticked holds any text."""

    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    @property
    def is_blank(self) -> bool:
        """One that was ticked to be removed counts as blank."""
        texts = self.texts.items()
        return "remove" in self.texts or not any(text.strip() for name, text in texts if name not in _MARKS)


@dataclass(frozen=True, slots=True)
class Typed:
    """`kept` are the fields whose secret is on record and was not typed anew. `saved_name` and `version` are those of
    the webhook that is being changed; empty for a new one. `secrets_from` is the webhook that kept secrets are of."""

    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: tuple[Row, ...] = ()
    validators: tuple[Row, ...] = ()
    partials: tuple[Row, ...] = ()
    signing: tuple[Row, ...] = ()
    kept: frozenset[str] = frozenset()
    saved_name: str = ""
    version: str = ""
    secrets_from: str = ""

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def all(self, name: str) -> tuple[str, ...]:
        return self.lists.get(name, ())

    def is_kept(self, name: str) -> bool:
        return name in self.kept

    @property
    def is_new(self) -> bool:
        return not self.saved_name


def typed_of(form: Form) -> Typed:
    """Rows are numbered anew, blank ones are left out: their place is then that of the definition's row."""
    texts = {name: values[-1] for name, values in form.fields.items() if not _ROW.match(name)}
    lists = {name: tuple(value for value in values if value.strip()) for name, values in form.fields.items()}
    for name, values in form.fields.items():
        if name.endswith(_MORE):
            plain = name.removesuffix(_MORE)
            lists[plain] = _joined(lists.get(plain, ()), values[-1].splitlines())
    return Typed(
        texts=texts,
        lists=lists,
        headers=_rows(form, "header"),
        validators=_rows(form, "validator"),
        partials=_rows(form, "partial"),
        signing=_rows(form, "signing"),
        kept=frozenset(form.all("kept")),
        saved_name=form.text("saved_name"),
        version=form.text("version"),
        secrets_from=form.text("secrets_from"),
    )


def _joined(chosen: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*chosen, *(line.strip() for line in typed if line.strip())]))


def _rows(form: Form, kind: str) -> tuple[Row, ...]:
    found: dict[int, dict[str, str]] = {}
    for name, values in form.fields.items():
        match = _ROW.match(name)
        if match and match[1] == kind:
            found.setdefault(int(match[2]), {})[match[3]] = values[-1]
    rows = (Row(found[number]) for number in sorted(found))
    return tuple(row for row in rows if not row.is_blank)
