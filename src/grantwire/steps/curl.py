"""curl: a request as a command that a person can paste.

In: a request. Out: one shell command. Never: a secret; a masked header is written as its mask.
"""

import base64
import shlex

from grantwire.domain.exchange import Request
from grantwire.domain.secret import MASK


def curl_of(request: Request) -> str:
    words = ["curl", "--request", request.method.value, shlex.quote(request.url)]
    for name, value in request.headers:
        shown = MASK if name.lower() in request.secret_headers else value
        words += ["--header", shlex.quote(f"{name}: {shown}")]
    if not request.body:
        return " ".join(words)
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        encoded = shlex.quote(base64.b64encode(request.body).decode())
        return f"printf %s {encoded} | base64 --decode | {' '.join(words)} --data-binary @-"
    return f"{' '.join(words)} --data-raw {shlex.quote(text)}"
