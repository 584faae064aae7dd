"""Client: the server's HTTP API, as the commands ask it.

In: server address, API key, calls. Out: answers, or the three families of errors. Never: the key in a message.
"""

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from grantwire.domain.errors import Broken, NotNow, Problem, Refusal, Refused

DEFAULT_SERVER = "http://127.0.0.1:8080"
TIMEOUT_SECONDS = 330.0  # a test may take as long as a webhook's longest timeout
PAGE = 200
_KEY_HINT = "Give --api-key, or set GRANTWIRE_API_KEY."


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    server: str
    api_key: str | None = field(repr=False)

    def get(self, path: str, **query: object) -> Any:
        return self.send("GET", address(path, query)).body

    def pages(self, path: str, *, most: int | None = None, **query: object) -> Iterator[Any]:
        """Every item of a list, page after page; `most` ends it earlier."""
        after, seen = None, 0
        while True:
            limit = PAGE if most is None else max(1, min(PAGE, most - seen))
            page = self.get(path, **query, limit=limit, after=after)
            yield from page["items"]
            seen += len(page["items"])
            after = page["after"]
            if after is None or (most is not None and seen >= most):
                return

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """`body` is bytes, or a value that becomes JSON. Raises `Refused`, `NotNow` or `Broken` for an answer that
        says no."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json", **(headers or {})}
        if self.api_key:
            sent["Authorization"] = f"Bearer {self.api_key}"
        if content is not None:
            sent["Content-Type"] = content_type
        status, raw, retry_after = self._exchange(method, path, content, headers=sent)
        if status >= 400:
            raise refusal_of(status, raw, retry_after)
        return Reply(status, json.loads(raw) if raw else None)

    def _exchange(
        self, method: str, path: str, content: bytes | None, *, headers: Mapping[str, str]
    ) -> tuple[int, bytes, str]:
        connection = self._connect()
        try:
            connection.request(method, path, body=content, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Retry-After", "5")
        except (OSError, http.client.HTTPException) as fault:
            words = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
            raise NotNow(f"no answer from {self.server} ({words}); is `grantwire serve` running there?") from None
        except UnicodeEncodeError:
            raise Refused("the API key holds a character that no key has", [Problem("--api-key", _KEY_HINT)]) from None
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            problem = Problem("--server", f"must be an address like {DEFAULT_SERVER}, found {self.server!r}.")
            raise Refused("there is no such server", [problem])
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=context)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)


def address(path: str, query: Mapping[str, object]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def named(path: str, name: str) -> str:
    """`/v1/webhooks/{}` with a name in its place."""
    return path.format(quote(name, safe=""))


_WHY = {
    401: Refusal.UNAUTHENTICATED,
    403: Refusal.FORBIDDEN,
    404: Refusal.NOT_FOUND,
    409: Refusal.CONFLICT,
    412: Refusal.PRECONDITION_FAILED,
    413: Refusal.TOO_LARGE,
}


def refusal_of(status: int, raw: bytes, retry_after: str) -> Exception:
    """The error an answer stands for."""
    try:
        told = json.loads(raw)
        title, problems = str(told["title"]), [_problem(one) for one in told["problems"]]
    except (ValueError, KeyError, TypeError):
        return Broken(f"the server answered HTTP {status} without saying why; is it a Grantwire server?")
    if status == 503:
        return NotNow(title, retry_after_seconds=int(retry_after) if retry_after.isdigit() else 5)
    if status >= 500:
        return Broken(title)
    if status == 401:
        problems = [Problem("", problem.message, _KEY_HINT) for problem in problems]
    return Refused(title, problems, why=_WHY.get(status, Refusal.INVALID))


def _problem(told: Mapping[str, Any]) -> Problem:
    return Problem(
        path=told["path"],
        message=told["message"],
        hint=told.get("hint", ""),
        line=told.get("line"),
        column=told.get("column"),
    )
