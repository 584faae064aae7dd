"""The switches of the instance: what an administrator of a real one sets in `sys_properties`, and the limits.

In: names and JSON values from the control API. Out: Properties, or every problem found. Must never: act on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAMES: Mapping[str, tuple[str, type]] = {
    # the name an administrator knows → our field and its type
    "glide.invalid_query.returns_no_rows": ("invalid_query_returns_no_rows", bool),
    "glide.rest.choice.allow_non_existing_value": ("allow_non_existing_choices", bool),
    "glide.rest.replace_request_host_with_property": ("replace_request_host", bool),
    "glide.servlet.uri": ("instance_url", str),
    "glide.sys.default.tz": ("time_zone", str),
    "glide.rest.max_content_length": ("max_body_bytes", int),
    "glide.oauth.inbound.client.credential.grant_type.enabled": ("allow_client_credentials", bool),
    "glide.authenticate.basic_auth.restriction": ("refuse_basic_auth", bool),
    "sandbox.token_lifetime_seconds": ("token_lifetime_seconds", int),
    "sandbox.refresh_token_lifetime_seconds": ("refresh_token_lifetime_seconds", int),
    "sandbox.semaphore.enabled": ("is_semaphore_on", bool),
    "sandbox.semaphore.running": ("semaphore_running", int),
    "sandbox.semaphore.waiting": ("semaphore_waiting", int),
    "sandbox.rate_limit.requests_per_hour": ("requests_per_hour", int),
    "sandbox.batch.served": ("batch_served", int),
    "sandbox.session.waiting": ("session_waiting", int),
    "sandbox.session.longest_wait_seconds": ("session_longest_wait_seconds", int),
}


@dataclass(slots=True)
class Properties:
    """Defaults are those of a fresh instance; the semaphore and the rate limit start off (`requests_per_hour` 0)."""

    invalid_query_returns_no_rows: bool = False
    allow_non_existing_choices: bool = False
    replace_request_host: bool = False
    instance_url: str = "https://sandbox.service-now.com"
    time_zone: str = "America/Los_Angeles"
    max_body_bytes: int = 10_485_760  # 10 MB; KB0747638
    allow_client_credentials: bool = True
    refuse_basic_auth: bool = False
    token_lifetime_seconds: int = 1800
    refresh_token_lifetime_seconds: int = 8_640_000  # 100 days
    is_semaphore_on: bool = False
    semaphore_running: int = 4  # API_INT, per node; KB0564204
    semaphore_waiting: int = 50
    requests_per_hour: int = 0
    batch_served: int = 0  # of one batch; those behind are left unserviced, as after 30 s. 0: all are served
    session_waiting: int = 10  # more than this many waiting: 202; KB0564204
    session_longest_wait_seconds: int = 120

    def restore(self, token_lifetime_seconds: int) -> None:
        """Back to a fresh instance's values."""
        fresh = Properties(token_lifetime_seconds=token_lifetime_seconds)
        for attribute, _ in NAMES.values():
            setattr(self, attribute, getattr(fresh, attribute))

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, attribute) for name, (attribute, _) in NAMES.items()}

    def change(self, wanted: Mapping[str, Any]) -> list[str]:
        """Sets all of them, or none and answers every problem."""
        problems = [problem for name, value in wanted.items() if (problem := _problem(name, value))]
        if not problems:
            for name, value in wanted.items():
                setattr(self, NAMES[name][0], value)
        return problems


def _problem(name: str, value: Any) -> str | None:
    if name not in NAMES:
        return f"{name}: there is no such property; known are {', '.join(NAMES)}"
    kind = NAMES[name][1]
    if type(value) is not kind:
        return f"{name}: {value!r} is not a {kind.__name__}"
    if isinstance(value, int) and value < 0:
        return f"{name}: {value} is below 0"
    return None


@dataclass(slots=True)
class Counters:
    """The next number of each table; a fresh instance begins at INC0010001."""

    last: dict[str, int] = field(default_factory=dict)

    def next(self, prefix: str) -> str:
        number = self.last[prefix] = self.last.get(prefix, 10_000) + 1
        return f"{prefix}{number:07d}"
