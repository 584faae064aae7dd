"""Reads the definition of a fault, from JSON or from the page's form, and finds every problem at once.

In: a JSON value. Out: Faults, or problems each with its path. Must never: stop at the first problem.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grantwire.sandbox.exchange import Call, Problem
from grantwire.sandbox.faults.modes import MODES, Mode, On

FIELDS = ("mode", "name", "probability", "count", "skip", "on", "match", "delay_seconds", "retry_after_seconds")
MATCHES = ("method", "path", "headers", "body")
LONGEST_DELAY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Match:
    """Every part given must fit: methods by name, the rest as text contained somewhere."""

    methods: tuple[str, ...] = ()
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def fits(self, call: Call) -> bool:
        return (
            (not self.methods or call.method in self.methods)
            and self.path in f"{call.path}?{call.query_text}"
            and all(text in call.headers.get(name, "\0") for name, text in self.headers)
            and (not self.body or self.body.encode() in call.body)
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """`count` None means without end; `skip` lets that many fitting requests through first."""

    mode: Mode
    name: str = ""
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    on: On = On.ANY
    match: Match = field(default_factory=Match)
    delay_seconds: float = 0.0
    retry_after_seconds: int = 60

    def shown(self) -> dict[str, Any]:
        return {
            "mode": self.mode.name,
            "name": self.name,
            "probability": self.probability,
            "count": self.count,
            "skip": self.skip,
            "on": self.on.value,
            "match": {
                "method": list(self.match.methods),
                "path": self.match.path,
                "headers": dict(self.match.headers),
                "body": self.match.body,
            },
            "delay_seconds": self.delay_seconds,
            "retry_after_seconds": self.retry_after_seconds,
        }


def read(value: Any) -> tuple[list[Fault], list[Problem]]:
    """One definition or a list of them; with any problem there are no faults."""
    definitions = value if isinstance(value, list) else [value]
    problems: list[Problem] = []
    if not definitions:
        problems.append(Problem("", "there is no definition in the list"))
    faults = [_one(each, f"[{at}]" if isinstance(value, list) else "", problems) for at, each in enumerate(definitions)]
    return ([], problems) if problems else ([each for each in faults if each], [])


def _one(value: Any, path: str, problems: list[Problem]) -> Fault | None:
    if not isinstance(value, dict):
        problems.append(Problem(path or "$", 'a fault is a JSON object such as {"mode": "hibernating"}'))
        return None
    reader = _Reader(value, path, problems)
    reader.refuse_unknown(FIELDS)
    mode = MODES.get(str(value.get("mode")))
    if mode is None:
        reader.report("mode", f"{value.get('mode')!r} is not a mode; known are {', '.join(MODES)}")
        mode = MODES["slow"]
    return Fault(
        mode,
        reader.text("name"),
        reader.number("probability", 1.0, 0, 1),
        reader.whole("count", None, 1),
        reader.whole("skip", 0, 0) or 0,
        reader.on(mode),
        reader.match(mode.methods),
        reader.number("delay_seconds", mode.default_delay_seconds, 0, LONGEST_DELAY_SECONDS),
        reader.whole("retry_after_seconds", 60, 0) or 0,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    value: Mapping[str, Any]
    path: str
    problems: list[Problem]

    def report(self, name: str, problem: str) -> None:
        self.problems.append(Problem(f"{self.path}.{name}".lstrip("."), problem))

    def refuse_unknown(self, known: tuple[str, ...]) -> None:
        for name in self.value:
            if name not in known:
                self.report(name, f"there is no such field; known are {', '.join(known)}")

    def text(self, name: str) -> str:
        found = self.value.get(name, "")
        if not isinstance(found, str):
            self.report(name, f"{found!r} is not a text")
            return ""
        return found

    def number(self, name: str, default: float, least: float, most: float) -> float:
        found = self.value.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
            self.report(name, f"{found!r} is not a number from {least:g} to {most:g}")
            return default
        return float(found)

    def whole(self, name: str, default: int | None, least: int) -> int | None:
        found = self.value.get(name, default)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            self.report(name, f"{found!r} is not a whole number of at least {least}")
            return default
        return found

    def on(self, mode: Mode) -> On:
        found = self.value.get("on", mode.on.value)
        if found not in tuple(On):
            self.report("on", f"{found!r} is none of {', '.join(On)}")
            return mode.on
        return On(found)

    def match(self, usual_methods: tuple[str, ...]) -> Match:
        found = self.value.get("match", {})
        if not isinstance(found, dict):
            self.report("match", f"{found!r} is not an object of {', '.join(MATCHES)}")
            return Match(usual_methods)
        inner = _Reader(found, f"{self.path}.match".lstrip("."), self.problems)
        inner.refuse_unknown(MATCHES)
        return Match(inner.methods() or usual_methods, inner.text("path"), inner.headers(), inner.text("body"))

    def methods(self) -> tuple[str, ...]:
        found = self.value.get("method", [])
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            self.report("method", f"{found!r} is not a method or a list of methods")
            return ()
        return tuple(each.upper() for each in names if each)

    def headers(self) -> tuple[tuple[str, str], ...]:
        found = self.value.get("headers", {})
        if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
            self.report("headers", f"{found!r} is not an object of header name and text it contains")
            return ()
        return tuple(found.items())


def from_form(form: Mapping[str, str]) -> dict[str, Any]:
    """The page's form as a definition; an empty field is one that was not given."""
    definition: dict[str, Any] = {}
    matches: dict[str, Any] = {}
    readers: Mapping[str, Callable[[str], Any]] = {
        "probability": _number,
        "count": _number,
        "skip": _number,
        "delay_seconds": _number,
        "retry_after_seconds": _number,
    }
    for name, text in form.items():
        if text.strip():
            place = matches if name in MATCHES else definition
            place[name] = readers.get(name, str)(text.strip())
    return {**definition, "match": matches}


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
