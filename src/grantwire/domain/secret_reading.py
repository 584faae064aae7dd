"""Secret reading: the secrets of a definition on their way in.

In: a raw value at a field that holds a secret, and a way to open it. Out: a `Secret`, and every fault of it.
Never: a secret's text in a message.
"""

import re
from collections.abc import Callable

from grantwire.domain.form import Form
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.shape import name_of

#: Makes a secret of a raw value; the path is relative to the webhook (`auth.client_secret`, `headers.x-key`).
#: Raises ValueError with the words for a person.
OpenSecret = Callable[[object, str], Secret]

FALLBACK = Secret("-")  # stands in for a secret that could not be read
_REFERENCE = re.compile(r"\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:/[^}\x00-\x1f]+)\}")
PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9_ -]*>")
REFERENCE_RULE = "holds ${ but no reference like ${env:NAME} or ${file:/absolute/path}"


def plain_secret(value: object, _path: str) -> Secret:
    """The secret as written by a person: text, or text with references."""
    if not isinstance(value, str):
        raise ValueError(f"must be text, found {name_of(value)}")  # noqa: TRY004 - the words for a person
    if MASK in value:
        raise ValueError("is the mask that is shown in place of a secret; give the secret itself")
    return Secret(value)


def read_secret(form: Form, name: str, open_secret: OpenSecret) -> Secret | None:
    """None when the field is absent."""
    value = form.take(name)
    return None if value is None else secret_of(value, form, at=name, key=name, open_secret=open_secret)


def needed_secret(form: Form, name: str, open_secret: OpenSecret) -> Secret:
    found = read_secret(form, name, open_secret)
    if found is None:
        form.miss(name)
    return found or FALLBACK


def secret_of(value: object, form: Form, *, at: str, key: str, open_secret: OpenSecret) -> Secret:
    """`at` is where the value stands, for a problem; `key` is its name for `open_secret`."""
    try:
        secret = open_secret(value, f"{form.section}.{key}")
    except ValueError as error:
        form.fault(at, str(error))
        return FALLBACK
    fault = fault_of_secret(secret)
    if fault:
        form.fault(at, fault)
    return secret


def fault_of_secret(secret: Secret) -> str:
    """Empty when there is none."""
    text = secret.reveal()
    if not text.strip():
        return "must not be empty"
    if "${" in _REFERENCE.sub("", text):
        return REFERENCE_RULE
    placeholder = PLACEHOLDER.search(text)
    if placeholder:
        return f"still holds the placeholder {placeholder[0]}"
    return ""
