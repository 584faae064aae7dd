"""The official cases of handlebars.js, as the package `handlebars-spec` has them: read, and rendered by our engine.

Helpers are JavaScript there; they run in QuickJS and come to us through the public interface for block helpers. This
file must never know which cases are expected to differ.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quickjs

from grantwire.template import BlockHelper, Invocation, RenderError, SafeText, TemplateError, compile_template
from grantwire.template.tree import UNDEFINED

HERE = Path(__file__).parent
SPEC = HERE / "node_modules/handlebars-spec/spec"
#: The other files of the package are about handlebars.js itself: its tokens, its tree, and modes it has dropped.
SUITES = (
    "basic", "blocks", "builtins", "data", "helpers", "partials", "regressions", "strict", "subexpressions",
    "whitespace-control",
)  # fmt: skip
#: Compile options that change the language. `data: false` and `knownHelpersOnly` only promise what is not used.
OTHER_LANGUAGES = frozenset(
    {"compat", "assumeObjects", "stringParams", "trackIds", "explicitPartialContext",
     "preventIndent", "ignoreStandalone"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfficialCase:
    name: str
    fields: dict[str, Any]

    @property
    def is_portable(self) -> bool:
        """A language without JavaScript's functions in its data, user decorators and compile modes has all of it."""
        fields = self.fields
        has_functions = "!code" in json.dumps(
            [fields.get("data"), fields.get("partials"), fields.get("runtimeOptions")]
        )
        return not (
            has_functions or fields.get("decorators") or OTHER_LANGUAGES & set(fields.get("compileOptions") or {})
        )


def parsed_cases() -> Iterator[tuple[str, bool]]:
    """Templates the package has a tree for, and whether they are to be refused."""
    for fields in json.loads((SPEC / "parser.json").read_text("utf-8")):
        yield fields["template"], bool(fields.get("exception"))


def official_cases() -> Iterator[OfficialCase]:
    for suite in SUITES:
        for fields in json.loads((SPEC / f"{suite}.json").read_text("utf-8")):
            name = f"{suite}: {fields['it']}"
            yield OfficialCase(f"{name} {fields['number']}" if "number" in fields else name, fields)


def runs_here(source: Any) -> bool:
    """Some helpers are there only for languages whose values lack properties."""
    return not isinstance(source, dict) or "javascript" in source


def render(case: OfficialCase, tier: str) -> str:
    """Raises TemplateError or RenderError."""
    fields, world = case.fields, Helpers()
    sources = {name: source for name, source in (fields.get("helpers") or {}).items() if runs_here(source)}
    helpers = {name: world.helper(source) for name, source in sources.items()}
    template = compile_template(
        fields["template"],
        mode="plain" if (fields.get("compileOptions") or {}).get("noEscape") else "text",
        partials=fields.get("partials") or {},
        strict=bool((fields.get("compileOptions") or {}).get("strict")),
        helpers=helpers,
        tier=tier,
    )
    data = (fields.get("runtimeOptions") or {}).get("data")
    return template.render(plain(fields.get("data", UNDEFINED)), data=plain(data) if isinstance(data, dict) else None)


def outcome(case: OfficialCase, tier: str = "closures") -> str | None:
    """None: the case comes out as it should; else what came instead."""
    wanted = "an error" if case.fields.get("exception") else case.fields.get("expected")
    try:
        found = render(case, tier)
    except (TemplateError, RenderError) as error:
        return None if wanted == "an error" else f"an error: {error}"
    return None if found == wanted else found


def plain(value: Any) -> Any:
    match value:
        case {"!undefined": True}:
            return UNDEFINED
        case {"!sparsearray": True}:
            kept = {int(key): plain(item) for key, item in value.items() if key.isdigit()}
            return [kept.get(index, UNDEFINED) for index in range(max(kept) + 1)]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


class Helpers:
    """One JavaScript world, and the values and functions lent to it by number."""

    def __init__(self) -> None:
        self._world = quickjs.Context()
        self._world.eval((HERE / "official.js").read_text("utf-8"))
        self._world.add_callable("call_back", self._call_back)
        self._call = self._world.get("call")
        self._lent: list[Any] = []

    def helper(self, source: Any) -> BlockHelper:
        text = source["javascript"] if isinstance(source, dict) else json.dumps(source)

        def run(asked: Invocation) -> Any:
            told = {
                "context": self._written(asked.context),
                "params": [self._written(value) for value in asked.params],
                "hash": [[key, self._written(value)] for key, value in asked.hash.items()],
                "data": self._written(asked.data),
                "name": asked.name,
                "fn": None if asked.fn is None else self._lend(asked.fn),
                "inverse": None if asked.inverse is None else self._lend(asked.inverse),
                "blockParams": asked.block_params,
            }
            return self._read(json.loads(self._call(text, json.dumps(told))))

        return BlockHelper(run)

    def _lend(self, value: Any) -> int:
        self._lent.append(value)
        return len(self._lent) - 1

    def _call_back(self, number: int, text: str) -> str:
        context, data, block_params = (self._read(part) for part in json.loads(text))
        given = {} if data is UNDEFINED else {"data": data}
        if block_params is not UNDEFINED:
            given["block_params"] = tuple(block_params)
        return json.dumps(self._lent[number](context, **given))

    def _written(self, value: Any) -> Any:
        match value:
            case SafeText():
                return {"safe": str(value)}
            case dict():
                return {"id": self._lend(value), "value": {key: self._written(item) for key, item in value.items()}}
            case list() | tuple():
                return {"id": self._lend(value), "value": [self._written(item) for item in value]}
            case _:
                return {"undefined": True} if value is UNDEFINED else value

    def _read(self, node: Any) -> Any:
        match node:
            case {"undefined": True}:
                return UNDEFINED
            case {"safe": text}:
                return SafeText(text)
            case {"known": number}:
                return self._lent[number]
            case {"value": dict() as members}:
                return {key: self._read(item) for key, item in members.items()}
            case {"value": list() as items}:
                return [self._read(item) for item in items]
            case _:
                return node
