"""Form: an object from outside, read field by field.

In: a raw mapping. Out: values of the right type, and on one list every fault with its path, unknown fields included.
Never: an exception for a faulty field; a fallback stands in for it so that reading goes on.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from grantwire.domain.errors import Problem
from grantwire.domain.shape import name_of, path_to
from grantwire.domain.spelling import did_you_mean

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Form:
    """A field that is absent or null gives its default. Call `finish` after the last field."""

    def __init__(self, raw: object, path: str, problems: list[Problem], *, section: str = "") -> None:
        """`section` is the name of the field of the webhook that this form is."""
        self.path = path
        self.section = section
        self.problems = problems
        self._known: list[str] = []
        self._is_object = isinstance(raw, Mapping)
        self._raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        if not self._is_object:
            self.problems.append(Problem(path, f"must be an object, found {name_of(raw)}"))

    def at(self, name: str) -> str:
        return path_to(self.path, name)

    def fault(self, name: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.at(name), message, hint))

    def miss(self, name: str) -> None:
        """Nothing is told to be missing in what is no object at all."""
        if self._is_object:
            self.fault(name, "is missing")

    def need_one(self, name: str, message: str = "must have at least one", hint: str = "") -> None:
        """For a list that must not be empty. What is no object, no list or a faulty item is told as that only."""
        if self._is_object and self.take(name) in (None, [], ()):
            self.fault(name, message, hint)

    def inner(self, name: str) -> "Form | None":
        """The form in a field; None when it is absent."""
        raw = self.take(name)
        return None if raw is None else Form(raw, self.at(name), self.problems, section=name)

    def forms(self, name: str) -> "tuple[Form, ...]":
        """A form for each item of a list of objects."""
        raw = self.take(name)
        if raw is not None and not isinstance(raw, list | tuple):
            self.fault(name, f"must be a list, found {name_of(raw)}")
        items = raw if isinstance(raw, list | tuple) else ()
        return tuple(Form(one, f"{self.at(name)}[{index}]", self.problems) for index, one in enumerate(items))

    def each(self, name: str, read: "Callable[[Form], T]") -> tuple[T, ...]:
        """What is read of each item of a list of objects, to its last field."""
        found = []
        for one in self.forms(name):
            found.append(read(one))
            one.finish()
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """The fields that are there, for a form with free names."""
        return tuple(map(str, self._raw))

    def take(self, name: str) -> Any:
        """The raw value; None when it is absent."""
        self._known.append(name)
        return self._raw.get(name)

    def has(self, name: str) -> bool:
        return self._raw.get(name) is not None

    def text(self, name: str) -> str | None:
        value = self.take(name)
        if value is None or isinstance(value, str):
            return value
        self.fault(name, f"must be text, found {name_of(value)}")
        return None

    def needed_text(self, name: str, *, fallback: str) -> str:
        """The fallback stands in for a text that is missing, empty or no text."""
        text = self.text(name)
        if text is None and not self.has(name):
            self.miss(name)
        elif text is not None and not text.strip():
            self.fault(name, "must not be empty")
        return text if text and text.strip() else fallback

    def texts(self, name: str) -> tuple[str, ...]:
        """One text, or a list of texts."""
        return self._listed(name, lambda item: item if isinstance(item, str) else None)

    def words(self, name: str) -> tuple[str, ...]:
        """Like `texts`; a number, true and false count as the text they are written as in JSON."""
        return self._listed(name, word_of)

    def _listed(self, name: str, read: Callable[[object], str | None]) -> tuple[str, ...]:
        value = self.take(name)
        if value is None:
            return ()
        is_list = isinstance(value, list | tuple)
        found = []
        for index, item in enumerate(value if is_list else [value]):
            text = read(item)
            if text is None:
                self.fault(f"{name}[{index}]" if is_list else name, f"must be text, found {name_of(item)}")
            else:
                found.append(text)
        return tuple(found)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.fault(name, f"must be true or false, found {value!r:.60}")
        return default

    def number(self, name: str, *, least: float, most: float) -> float | None:
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.fault(name, f"must be a number from {least:.12g} to {most:.12g}, found {value!r:.60}")
            return None
        return value

    def whole_number(self, name: str, *, least: int, most: int) -> int | None:
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(name, f"must be a whole number from {least} to {most}, found {value!r:.60}")
            return None
        return value

    def choice(self, name: str, default: E) -> E:
        text = self.text(name)
        if text is None:
            return default
        kinds = type(default)
        found = next((kind for kind in kinds if kind.value.casefold() == text.casefold()), None)
        if found is None:
            self.fault(name, f"{text[:60]!r} is not possible.", one_of(text, kinds))
        return default if found is None else found

    def finish(self) -> None:
        for name in self._raw:
            if name not in self._known:
                hint = did_you_mean(str(name), self._known, otherwise=f"Known are {', '.join(sorted(self._known))}.")
                self.problems.append(Problem(self.at(str(name)), "is not a known field.", hint))


def word_of(value: object) -> str | None:
    """A scalar as the text it is in JSON; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def one_of(word: str, choices: Iterable[str]) -> str:
    known = [str(choice) for choice in choices]
    return did_you_mean(word, known, otherwise=f"Give one of {', '.join(known)}.")
