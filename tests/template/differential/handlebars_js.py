"""Real handlebars.js as a judge: a case goes in; its rendered text, or the fact that it was refused, comes out.

handlebars.js runs inside this process (QuickJS), so a judge is cheap to make and no other program has to be there. This
file must never know our own engine.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import quickjs

HERE = Path(__file__).parent
HANDLEBARS = HERE / "node_modules/handlebars/dist/handlebars.js"


@dataclass(frozen=True, slots=True)
class Case:
    template: str
    data: Any = None
    partials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """Neither rendered nor refused: a defect, which nothing excuses."""

    reason: str


Outcome = Rendered | Refused | Crashed


WHY_SKIPPED = "handlebars.js is not installed: `npm ci` in tests/template/differential"


def may_be_skipped() -> bool:
    """Only on a machine of one's own: where CI=true nothing is left out, so a missing handlebars.js fails the run."""
    return not HANDLEBARS.exists() and os.environ.get("CI") != "true"


def as_sent(text: str) -> str:
    """What arrives when JavaScript sends this text: halves of UTF-16 pairs become one character, or U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class HandlebarsJs:
    """One JavaScript world with handlebars.js in it; `repairs` names functions of judge.js to run first."""

    def __init__(self, *repairs: str) -> None:
        self._world = quickjs.Context()
        self._world.eval(HANDLEBARS.read_text("utf-8"))
        self._world.eval((HERE / "judge.js").read_text("utf-8"))
        for repair in repairs:
            self._world.get(repair)()
        self._judge = self._world.get("judge")

    def render(self, case: Case) -> Outcome:
        question = {"template": case.template, "data": case.data, "partials": dict(case.partials)}
        answer = json.loads(self._judge(json.dumps(question)))
        if "rejected" in answer:
            return Refused(answer["rejected"])
        return Rendered(as_sent(answer["output"]))
