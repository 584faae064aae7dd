"""Definition, the part `headers`: rows that go out with every request.

In: a map of name to value, or a list of rows `{name, value, secret}`. Out: `Header`s, and back.
Never: a secret under a name that gives it away in the clear (an `Authorization` row is always a secret).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grantwire.domain.form import Form
from grantwire.domain.secret import Secret, references_in
from grantwire.domain.secret_reading import PLACEHOLDER, REFERENCE_RULE, OpenSecret, secret_of
from grantwire.domain.shape import name_of
from grantwire.domain.target import Header

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110 §5.6.2
_SECRET_NAMES = frozenset({"authorization", "proxy-authorization", "cookie"})
_SECRET_WORDS = ("token", "api-key", "apikey", "api_key", "secret", "password", "application-key")
_OF_THE_CONNECTION = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer"}
    | {"upgrade", "expect", "content-encoding"}
)
_OURS = frozenset({"grantwire-delivery", "grantwire-event"})
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def is_secret_name(name: str) -> bool:
    """Whether the value under such a name is a secret without anyone saying so."""
    lower = name.lower()
    return lower in _SECRET_NAMES or any(word in lower for word in _SECRET_WORDS)


def read_headers(form: Form, open_secret: OpenSecret) -> tuple[Header, ...]:
    raw = form.take("headers")
    headers: list[Header] = []
    seen: set[str] = set()
    for row in _rows(form, raw):
        name = row.name_in(seen)
        if name is not None:
            headers.append(Header(name, row.value(name, open_secret)))
    return tuple(headers)


class _Row:
    """One row; `at` is its place for problems."""

    def __init__(self, form: Form, *, at: str, name: object, value: object, secret: object) -> None:
        self._form = form
        self._at = at
        self._name = name
        self._value = value
        self._secret = secret

    def name_in(self, seen: set[str]) -> str | None:
        """None for a name that is refused."""
        name = self._name
        fault = header_name_fault(name)
        if not isinstance(name, str) or fault:
            self._form.fault(self._at, fault)
            return None
        if name.lower() in seen:
            self._form.fault(self._at, f"the header {name} is given twice")
            return None
        seen.add(name.lower())
        return name

    def value(self, name: str, open_secret: OpenSecret) -> str | Secret:
        value = str(self._value) if isinstance(self._value, int) and not isinstance(self._value, bool) else self._value
        is_secret = self._is_secret(name, value)
        if is_secret and value is not None:
            form = Form({}, self._form.path, self._form.problems, section="headers")
            secret = secret_of(value, form, at=self._at, key=name.lower(), open_secret=open_secret)
            self._check(secret.reveal(), is_secret=True)
            return secret
        if not isinstance(value, str):
            self._form.fault(self._at, f"must be text, found {name_of(value)}")
            return ""
        self._check(value, is_secret=False)
        return value

    def _is_secret(self, name: str, value: object) -> bool:
        if isinstance(self._secret, bool):
            return self._secret or name.lower() in _SECRET_NAMES
        if self._secret is not None:
            self._form.fault(self._at, f"secret must be true or false, found {name_of(self._secret)}")
        return is_secret_name(name) or isinstance(value, dict) or bool(isinstance(value, str) and references_in(value))

    def _check(self, text: str, *, is_secret: bool) -> None:
        if _CONTROL.search(text):
            self._form.fault(self._at, "must not hold line breaks or other control characters")
        if is_secret:
            if "{{" in text:
                hint = "Put the changing part elsewhere, or write the header as a row with secret: false."
                self._form.fault(self._at, "is a secret and sent as it is, without filling in {{ }}.", hint)
            return
        if "${" in text:
            self._form.fault(self._at, REFERENCE_RULE)
        placeholder = PLACEHOLDER.search(text)
        if placeholder:
            self._form.fault(self._at, f"still holds the placeholder {placeholder[0]}")


def _rows(form: Form, raw: object) -> Iterator[_Row]:
    if raw is None:
        return
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            at = f"headers.{name}" if isinstance(name, str) and name.isprintable() else "headers"
            yield _Row(form, at=at, name=name, value=value, secret=None)
    elif isinstance(raw, list | tuple):
        for index, row in enumerate(raw):
            inner = Form(row, form.at(f"headers[{index}]"), form.problems)
            name = inner.take("name")
            name = inner.take("key") if name is None else name
            inner.take("key")
            if isinstance(row, Mapping):
                value, secret = inner.take("value"), inner.take("secret")
                yield _Row(form, at=f"headers[{index}]", name=name, value=value, secret=secret)
                inner.finish()
    else:
        form.fault("headers", f"must be an object or an array of rows, found {name_of(raw)}")


def header_name_fault(name: object) -> str:
    if not isinstance(name, str) or not _NAME.match(name):
        return f"{name!r:.60} is no valid header name"
    if name.lower() in _OF_THE_CONNECTION:
        return f"the header {name} belongs to the connection and is set by Grantwire"
    if name.lower() in _OURS:
        return f"the header {name} is set by Grantwire to tell deliveries apart"
    return ""


def write_headers(headers: tuple[Header, ...], show: Callable[[Secret], object]) -> Any:
    """A map, unless a row's secrecy is not what its name says; then a list of rows."""
    if all(_says_enough(header) for header in headers):
        return {header.name: _shown(header, show) for header in headers}
    return [_row(header, show) for header in headers]


def _says_enough(header: Header) -> bool:
    if isinstance(header.value, Secret):
        return is_secret_name(header.name) or header.value.is_reference
    return not is_secret_name(header.name)


def _row(header: Header, show: Callable[[Secret], object]) -> dict[str, object]:
    row = {"name": header.name, "value": _shown(header, show)}
    return row if _says_enough(header) else row | {"secret": isinstance(header.value, Secret)}


def _shown(header: Header, show: Callable[[Secret], object]) -> object:
    return show(header.value) if isinstance(header.value, Secret) else header.value
