"""Definitions: webhooks and parts of the catalogue in YAML files, each value with its place.

In: files. Out: definitions as plain values, and the line and column of any path in them. Never: a reference `${env:…}`
looked up (that is the server's), or an object other than what JSON knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml

from grantwire.domain.catalogue_form import KINDS, name_field
from grantwire.domain.errors import Problem, Refused
from grantwire.edges.cli.files import read_text

MOST_NODES = 100_000  # aliases may stand for the same node many times; no file that people write comes near
WEBHOOKS = "webhooks"
_KNOWN = (WEBHOOKS, *KINDS)
_KEYS = f"one of {', '.join(f'`{kind}:`' for kind in _KNOWN)}"
_READ_ONLY = ("id", "version", "paused_why", "warnings")
Place = tuple[int, int]


class _Loader(yaml.SafeLoader):
    """Dates stay text, for JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def name_in(kind: str, raw: Any) -> str:
    """What names a thing of a kind; empty when nothing does."""
    return str(raw.get(name_field(kind), "")) if isinstance(raw, Mapping) else ""


@dataclass(frozen=True, slots=True)
class Definition:
    """One webhook of a file, or one person, group … of the catalogue; `kind` is the key it stands under. `places` maps
    paths within it (`auth.token`, `triggers[0]`) to line and column."""

    file: Path
    index: int
    raw: Any
    places: Mapping[str, Place]
    kind: str = WEBHOOKS

    @property
    def name(self) -> str:
        return name_in(self.kind, self.raw)

    def placed(self, problem: Problem) -> Problem:
        """The same problem with the file and the line where its value stands."""
        path = problem.path
        while path not in self.places and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        line, column = self.places.get(path, (1, 1))
        inside = f" (line {problem.line}, column {problem.column} of its text)" if problem.line is not None else ""
        where = f"{self.file}:{line}:{column} {self.kind}[{self.index}]{'.' if problem.path else ''}{problem.path}"
        return Problem(where, f"{problem.message}{inside}", problem.hint)


@dataclass(frozen=True, slots=True)
class Written:
    """What files hold: definitions, and the keys (`webhooks`, `people`, …) that stand in any of them, empty or not."""

    definitions: Sequence[Definition]
    kinds: frozenset[str]

    def of(self, kind: str) -> list[Definition]:
        return [one for one in self.definitions if one.kind == kind]


def read_definitions(files: Sequence[Path]) -> Written:
    """Raises `Refused` with every problem of all files."""
    found: list[Definition] = []
    kinds: set[str] = set()
    problems: list[Problem] = []
    for file in files:
        try:
            read = _read(file, read_text(file))
            found += read.definitions
            kinds |= read.kinds
        except Refused as refused:
            problems += refused.problems
    problems += _repeated(found)
    if problems:
        raise Refused("the files cannot be applied", problems)
    return Written(found, frozenset(kinds))


def _repeated(found: Sequence[Definition]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Definition] = {}
    for definition in found:
        name, field = (definition.kind, definition.name), name_field(definition.kind)
        if not definition.name:
            yield definition.placed(Problem(field, "is missing"))
        elif name in first:
            yield definition.placed(Problem(field, f"{definition.name!r} is defined in {first[name].file} already"))
        first.setdefault(name, definition)


def _read(file: Path, text: str) -> Written:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise _refusal(file, (1, 1), f"is empty; it needs {_KEYS} with a list")
        problems = list(_Walk(file).faults(root))
        if problems:
            raise Refused("the file is not valid", problems)
        items = _items(file, root)
        value = loader.construct_document(root)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        raise _refusal(file, place, f"is no YAML: {fault.problem or fault.context}") from None
    except (yaml.YAMLError, RecursionError) as fault:
        raise _refusal(file, (1, 1), f"is no YAML: {fault}") from None
    finally:
        loader.dispose()
    definitions = [
        Definition(file, index, value[kind][index], dict(_places(item, "")), kind)
        for kind, listed in items.items()
        for index, item in enumerate(listed)
    ]
    return Written(definitions, frozenset(items))


def _items(file: Path, root: yaml.Node) -> Mapping[str, Sequence[yaml.Node]]:
    if not isinstance(root, yaml.MappingNode):
        raise _refusal(file, _place(root), f"must be a mapping with {_KEYS}")
    problems, items = [], {}
    for key, value in root.value:
        if key.value not in _KNOWN:
            problems.append(_problem(file, _place(key), f"{key.value!r} is no known field; {_KEYS} is"))
        elif not isinstance(value, yaml.SequenceNode):
            problems.append(_problem(file, _place(value), f"needs `{key.value}:` with a list"))
        else:
            items[key.value] = list(value.value)
    if problems or not items:
        raise Refused("the file is not valid", problems or [_problem(file, _place(root), f"needs {_KEYS} with a list")])
    return items


class _Walk:
    """Visits every node as often as it is referred to, up to a bound."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = 0

    def faults(self, node: yaml.Node) -> Iterator[Problem]:
        self._seen += 1
        if self._seen > MOST_NODES:
            raise _refusal(self._file, _place(node), f"holds more than {MOST_NODES} values, aliases counted")
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from self.faults(item)
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen and name != "<<":
                    yield _problem(self._file, _place(key), f"{name!r} is given twice")
                seen.add(name)
                yield from self.faults(value)


def _places(node: yaml.Node, path: str) -> Iterator[tuple[str, Place]]:
    yield path, _place(node)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _places(item, f"{path}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{path}.{key.value}" if path else str(key.value)
            yield from _places(value, here)
            yield here, _place(key)


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _problem(file: Path, place: Place, message: str) -> Problem:
    return Problem(f"{file}:{place[0]}:{place[1]}", message)


def _refusal(file: Path, place: Place, message: str) -> Refused:
    return Refused("the file is not valid", [_problem(file, place, message)])


# ── and back ─────────────────────────────────────────────────────────────────────────────────────────────
class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, as people write them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(value: Any) -> str:
    """A document with webhooks, without what an answer has beside a definition."""
    if isinstance(value, dict) and "webhooks" in value:
        value = {"webhooks": [definition_of(webhook) for webhook in value["webhooks"]]}
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Line by line, as YAML; `before` is empty for what is new."""
    old = as_yaml(before).splitlines() if before else []
    lines = unified_diff(old, as_yaml(after).splitlines(), lineterm="", n=2)
    return tuple(line for line in lines if not line.startswith(("---", "+++")))


def definition_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in _READ_ONLY}
