"""Settings: every one once, with its type, unit, default and a line of help.

In: a TOML file, the environment (`GRANTWIRE_*`, stronger), command-line options (strongest). Out: a frozen value.
Never: a secret in a message, or only the first problem.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from grantwire.domain.allowance import Allowance
from grantwire.domain.egress import Egress, EgressProxy, past_proxy
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.person import LONGEST_PASSWORD, SHORTEST_PASSWORD
from grantwire.domain.retention import LONGEST_DAYS, Retention
from grantwire.domain.secret import Secret
from grantwire.domain.target_limits import TargetLimits

PREFIX = "GRANTWIRE_"


def setting(default: object, text: str) -> Any:
    return field(default=default, metadata={"help": text})


BootstrapAdmin = tuple[str, Secret]


@dataclass(frozen=True, slots=True)
class Settings:
    data: Path = setting(Path("grantwire-data"), "folder of the database and the encryption key")
    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8080, "port to listen on; 0 picks a free one")
    allowed_origins: tuple[str, ...] = setting(
        (), "origins (scheme://host:port, comma-separated) that may break the HTTPS, port and public-address rules"
    )
    bootstrap_api_key: Secret | None = setting(
        None, "the first API key, for unattended installs (24 characters or more)"
    )
    bootstrap_admin: BootstrapAdmin | None = setting(
        None, "the first administrator of the console, as email:password; else one is made and printed once"
    )
    session_hours: int = setting(12, "how long a sign-in to the console lasts")
    extra_ca_file: Path | None = setting(None, "PEM file of certificate authorities trusted beside the system's")
    egress_proxy: Secret | None = setting(
        None, "proxy that all requests go out through: http:// or https://[user:password@]host:port"
    )
    egress_no_proxy: tuple[str, ...] = setting(
        (), "what goes past the proxy, comma-separated: hosts, domains with all below them, addresses, networks"
    )
    target_limits: tuple[str, ...] = setting(
        (),
        "limits of origins over all their webhooks (comma-separated: scheme://host:port concurrency=N per_minute=N);"
        " else 4 at once to a ServiceNow",
    )
    breaker_faults: int = setting(
        5, "faults of a target in a row (no answer, 5xx) after which it is left alone for a while; 0: never"
    )
    log_level: str = setting("info", "debug, info, warning or error")
    otlp_endpoint: str = setting("", "OpenTelemetry collector (OTLP over HTTP); empty: no spans")
    lease_seconds: int = setting(400, "how long a worker owns a delivery; longer than any webhook's timeout")
    stop_seconds: int = setting(25, "how long a stop waits for requests that are under way")
    response_cap_bytes: int = setting(65536, "how much of a target's answer is kept")
    max_event_bytes: int = setting(1048576, "largest event")
    max_batch_bytes: int = setting(67108864, "largest batch of events")
    max_batch_events: int = setting(10000, "most events in a batch")

    keep_events_days: int = setting(
        400, "how long an event is kept after it was accepted and its deliveries ended; 0: for ever"
    )
    keep_deliveries_days: int = setting(
        400, "how long the deliveries of an event are kept after the last one ended; 0: for ever"
    )
    keep_attempts_days: int = setting(400, "how long their attempts are kept after that; 0: for ever")
    keep_payloads_days: int = setting(
        90, "how long bodies are kept after that: of events, requests and answers; 0: as long as their record"
    )

    @property
    def retention(self) -> Retention:
        return Retention(
            self.keep_events_days, self.keep_deliveries_days, self.keep_attempts_days, self.keep_payloads_days
        )

    @property
    def allowance(self) -> Allowance:
        return Allowance.of(self.allowed_origins)

    @property
    def egress(self) -> Egress | None:
        """None when requests go out by themselves."""
        if self.egress_proxy is None:
            return None
        return Egress(EgressProxy.of(self.egress_proxy.reveal()), self.egress_no_proxy)

    @property
    def limits_of_targets(self) -> TargetLimits:
        return TargetLimits.of(self.target_limits)

    @property
    def database_path(self) -> Path:
        return self.data / "grantwire.db"


LOG_LEVELS = ("debug", "info", "warning", "error")


def read_settings(
    environment: Mapping[str, str], *, file: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Raises `Refused` with every problem of the file and the environment at once."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for source, given in (("", _from_file(file)), (PREFIX, _from_environment(environment)), ("--", overrides or {})):
        for name, raw in given.items():
            _take(name, raw, source=source, values=values, problems=problems)
    _check_ranges(values, problems)
    _check_keeping(values, problems)
    if problems:
        raise Refused("the settings cannot be used", problems)
    return Settings(**values)


def help_text() -> str:
    """Every setting with its default, as `serve --help-settings` prints it."""
    lines = [f"{environment_name(f.name)}={default_text(f)}\n    {f.metadata['help']}" for f in fields(Settings)]
    return "\n".join(lines)


def _from_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused("the settings file is missing", [Problem(str(file), "there is no such file.")]) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused("the settings file cannot be read", [Problem(str(file), f"{fault}.")]) from None
    except tomllib.TOMLDecodeError as fault:
        raise Refused("the settings file is not TOML", [Problem(str(file), f"{fault}.")]) from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    known = {environment_name(f.name): f.name for f in fields(Settings)}
    return {known[key]: value for key, value in environment.items() if key in known and value != ""}


def _take(name: str, raw: object, *, source: str, values: dict[str, Any], problems: list[Problem]) -> None:
    shown = environment_name(name) if source == PREFIX else f"{source}{name}"
    kinds = {f.name: f for f in fields(Settings)}
    if name not in kinds:
        problems.append(Problem(shown, "there is no such setting.", "grantwire serve --help-settings lists them all."))
        return
    try:
        values[name] = _convert(kinds[name], raw)
    except (ValueError, TypeError) as fault:
        problems.append(Problem(shown, f"{fault}."))


def _convert(kind: Field[Any], raw: object) -> object:
    match kind.name:
        case "data" | "extra_ca_file":
            return Path(_text(raw))
        case "bootstrap_api_key":
            return _api_key(_text(raw))
        case "bootstrap_admin":
            return _administrator(_text(raw))
        case "allowed_origins":
            return _origins(raw)
        case "egress_proxy" | "egress_no_proxy":
            return _proxy(_text(raw)) if kind.name == "egress_proxy" else past_proxy(_listed(raw))
        case "target_limits":
            return _target_limits(raw)
        case "log_level":
            return _one_of(_text(raw).lower(), LOG_LEVELS)
        case _:
            return _number(raw) if isinstance(kind.default, int) else _text(raw)


def _text(raw: object) -> str:
    if not isinstance(raw, str | os.PathLike):
        raise TypeError(f"expected text, found {raw!r}")
    return str(raw)


def _number(raw: object) -> int:
    try:
        number = int(str(raw))
    except ValueError:
        raise ValueError(f"expected a whole number, found {raw!r}") from None
    if number < 0:
        raise ValueError(f"expected a number of at least 0, found {number}")
    return number


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"expected one of {', '.join(choices)}, found {text!r}")
    return text


def _listed(raw: object) -> tuple[str, ...]:
    texts = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    return tuple(str(text).strip() for text in texts if str(text).strip())


def _proxy(text: str) -> Secret:
    EgressProxy.of(text)
    return Secret(text)


def _origins(raw: object) -> tuple[str, ...]:
    origins = _listed(raw)
    for text in origins:
        if not text.startswith(("http://", "https://")):
            raise ValueError(f"expected an origin like https://host:8443, found {text!r}")
    Allowance.of(origins)
    return origins


def _target_limits(raw: object) -> tuple[str, ...]:
    texts = raw if isinstance(raw, list | tuple) else str(raw).split(",")
    limits = tuple(" ".join(str(text).split()) for text in texts if str(text).strip())
    TargetLimits.of(limits)
    return limits


def _api_key(text: str) -> Secret:
    if len(text) < 24:
        raise ValueError("an API key needs 24 characters or more")
    return Secret(text)


def _administrator(text: str) -> BootstrapAdmin:
    email, colon, password = text.partition(":")
    if not colon or "@" not in email:
        raise ValueError("expected email:password")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"the password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return email, Secret(password)


def _check_ranges(values: Mapping[str, Any], problems: list[Problem]) -> None:
    if values.get("port", 0) > 65535:
        problems.append(Problem("port", f"expected 0 to 65535, found {values['port']}."))
    if not 1 <= values.get("session_hours", 12) <= 24 * 90:
        problems.append(Problem("session_hours", f"expected 1 to 2160, found {values['session_hours']}."))
    if values.get("lease_seconds", 400) < 330:
        problems.append(Problem("lease_seconds", "must be 330 or more: a webhook's timeout may be 300 seconds."))


# What may not be kept longer than what it belongs to.
_BELONGS_TO = (
    ("keep_deliveries_days", "keep_events_days", "a delivery goes with its event"),
    ("keep_attempts_days", "keep_deliveries_days", "an attempt goes with its delivery"),
    ("keep_payloads_days", "keep_events_days", "a payload goes with its event"),
)


def _check_keeping(values: dict[str, Any], problems: list[Problem]) -> None:
    """A time that was not chosen is never longer than one that was."""
    usual = {f.name: f.default for f in fields(Settings)}
    days = {name: values.get(name, usual[name]) for name in usual if name.startswith("keep_")}
    for name, given in days.items():
        if given > LONGEST_DAYS:
            problems.append(Problem(name, f"expected 0 to {LONGEST_DAYS} days, found {given}.", "0 is for ever."))
    for name, owner, reason in _BELONGS_TO:
        longest = days[owner]
        if longest == 0 or 0 < days[name] <= longest or (name == "keep_payloads_days" and days[name] == 0):
            continue
        if name not in values:
            values[name] = days[name] = longest
            continue
        found = "for ever" if days[name] == 0 else f"{days[name]} days"
        hint = f"Make {name} at most {longest}, or {owner} longer (0 is for ever)."
        problems.append(Problem(name, f"{reason}, which is kept {longest} days; found {found}.", hint))


def environment_name(name: str) -> str:
    return PREFIX + name.upper()


def default_text(kind: Field[Any]) -> str:
    if kind.default is MISSING or kind.default is None:
        return ""
    return ",".join(kind.default) if isinstance(kind.default, tuple) else str(kind.default)
