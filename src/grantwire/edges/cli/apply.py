"""Apply: webhooks and the catalogue of a server made what the files say.

In: YAML files. Out: the difference, and the changes made. Never: a change while any file has a problem, or over a
change that somebody else made meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.secret import MASK
from grantwire.edges.cli.apply_catalogue import CataloguePlan, plan_catalogue
from grantwire.edges.cli.client import DEFAULT_SERVER, Client, named
from grantwire.edges.cli.definitions import WEBHOOKS, Definition, definition_of, difference, read_definitions
from grantwire.edges.cli.options import ApiKey, AsJson, Server, client
from grantwire.edges.cli.output import print_json, print_line

_PATH = "/v1/webhooks/{}"
_SIGNS = {"create": "+", "change": "~", "write": "~", "delete": "-", "keep": "="}
_WORDS = {
    "create": "is new",
    "change": "changes",
    "write": "has secrets that are written again",
    "delete": "goes",
    "keep": "stays as it is",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one webhook; `write` is a change that cannot be shown because only secrets may differ."""

    name: str
    action: str
    difference: tuple[str, ...] = ()
    version: int | None = None
    raw: Any = None
    warnings: tuple[str, ...] = ()


def apply(
    files: Annotated[
        list[Path],
        typer.Argument(help="YAML files with `webhooks:`, or parts of the catalogue; - is stdin.", show_default=False),
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the difference and change nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is not in the files.")] = False,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Create or change webhooks and the catalogue from YAML; `${env:…}` references go to the server as they are."""
    written = read_definitions(files)
    http = client(server, api_key)
    definitions = written.of(WEBHOOKS)
    known = {webhook["name"]: webhook for webhook in http.pages("/v1/webhooks")}
    steps = _steps(http, definitions, known)
    catalogue = plan_catalogue(http, written, prune=prune) if written.kinds - {WEBHOOKS} else None
    if prune and WEBHOOKS in written.kinds:
        wanted = {definition.name for definition in definitions}
        gone = [webhook for name, webhook in known.items() if name not in wanted]
        steps += [Step(webhook["name"], "delete", version=webhook["version"]) for webhook in gone]
    if catalogue is not None:
        _put(http, catalogue, dry_run=dry_run, is_said=not as_json)
    for step in steps:
        if not dry_run:
            _do(http, step)
        if not as_json:
            _say(step)
    if as_json:
        told = {"dry_run": dry_run, "webhooks": [_as_json(step) for step in steps]}
        print_json(told if catalogue is None else {**told, "catalogue": catalogue.as_json()})
    elif dry_run:
        print_line("Nothing was changed (--dry-run).")


def _put(http: Client, catalogue: CataloguePlan, *, dry_run: bool, is_said: bool) -> None:
    if not dry_run:
        catalogue.do(http)
    for line in catalogue.lines() if is_said else ():
        print_line(line)


def _steps(http: Client, definitions: Sequence[Definition], known: Mapping[str, Any]) -> list[Step]:
    """Asks the server what each would become. Raises `Refused` with the problems of all."""
    steps: list[Step] = []
    problems: list[Problem] = []
    for definition in definitions:
        try:
            path = named(_PATH, definition.name) + "?dry_run=true"
            after = http.send("PUT", path, definition.raw).body
            warnings = tuple(str(definition.placed(Problem(**one))) for one in after.get("warnings", ()))
            steps.append(replace(_step(definition, known.get(definition.name), after), warnings=warnings))
        except Refused as refused:
            if not refused.problems or refused.problems[0].path == "Authorization":
                raise
            problems += [definition.placed(problem) for problem in refused.problems]
    if problems:
        raise Refused("the webhooks cannot be applied", problems)
    return steps


def _step(definition: Definition, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Step:
    if before is None:
        return Step(definition.name, "create", difference({}, definition_of(after)), version=0, raw=definition.raw)
    changes = difference(definition_of(before), definition_of(after))
    same = "write" if _has_plain_secret(definition.raw, after) else "keep"
    action = "change" if changes else same
    return Step(definition.name, action, changes, version=before["version"], raw=definition.raw)


def _has_plain_secret(raw: Any, shown: Any) -> bool:
    """Whether the file holds a secret itself, where the server shows only the mask."""
    if shown == MASK:
        return raw not in {None, MASK}
    if isinstance(shown, Mapping) and isinstance(raw, Mapping):
        return any(_has_plain_secret(raw.get(name), value) for name, value in shown.items())
    return isinstance(shown, list) and MASK in str(shown)


def _do(http: Client, step: Step) -> None:
    path = named(_PATH, step.name)
    match step.action:
        case "create":
            http.send("PUT", path, step.raw, headers={"If-None-Match": "*"})
        case "change" | "write":
            http.send("PUT", path, step.raw, headers={"If-Match": f'"{step.version}"'})
        case "delete":
            http.send("DELETE", path, headers={"If-Match": f'"{step.version}"'})
        case _:
            pass


def _say(step: Step) -> None:
    print_line(f"{_SIGNS[step.action]} {step.name} {_WORDS[step.action]}")
    for line in step.difference:
        print_line(f"    {line}")
    for line in step.warnings if step.action != "keep" else ():
        print_line(f"    warning: {line}")


def _as_json(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "action": step.action,
        "difference": list(step.difference),
        "warnings": list(step.warnings),
    }
