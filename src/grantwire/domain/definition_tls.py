"""Definition, the part `tls`: whose word on the target's identity counts.

In: the raw part. Out: a `Trust`, and back. Never: a way to turn verification off, or a look into a certificate (that is
the port `Certificates`').
"""

from typing import Any

from grantwire.domain.form import Form
from grantwire.domain.secret import Secret
from grantwire.domain.secret_reading import fault_of_secret
from grantwire.domain.target import Trust

_PEM = "-----BEGIN CERTIFICATE-----"


def read_trust(form: Form | None) -> Trust:
    if form is None:
        return Trust()
    ca = form.needed_text("ca", fallback="")
    if ca:
        check_pem(form, "ca", ca)
    form.finish()
    return Trust(ca or None)


def write_trust(trust: Trust) -> dict[str, Any]:
    return {} if trust.ca is None else {"ca": trust.ca}


def check_pem(form: Form, name: str, text: str) -> None:
    """Certificates written out, or one reference to a file or variable that holds them."""
    if "${" in text:
        fault = fault_of_secret(Secret(text))
        if fault:
            form.fault(name, fault)
    elif _PEM not in text:
        form.fault(name, f"must be PEM text that starts with {_PEM}, or a reference like ${{file:/absolute/path}}")
