"""Writes the pages that come from code: settings, the states of a delivery, troubleshooting.

In: nothing (`--check` compares instead of writing, exit 1 when a page is old). Out: the pages.
"""

import sys
from dataclasses import fields
from pathlib import Path

from grantwire.domain.delivery import ENDED, MOVES
from grantwire.domain.tips import TIPS
from grantwire.settings import Settings, default_text, environment_name

DOCS = Path(__file__).parent.parent / "docs"


def settings_page() -> str:
    rows = [
        f"| `{environment_name(setting.name)}` | `{default_text(setting)}` | {setting.metadata['help']} |"
        for setting in fields(Settings)
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Set in the environment, or in a TOML file (`grantwire serve --config FILE`) by the same name in lower case",
            "without the prefix (`port = 8080`). The environment beats the file, an option of the command line beats both.",
            "`grantwire serve --help-settings` prints this list.",
            "",
            "| setting | default | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def states_page() -> str:
    arrows = [f"    {before} --> {after}: {why}" for before, moves in MOVES.items() for after, why in moves.items()]
    ends = [f"    {state} --> [*]" for state in MOVES if state in ENDED]
    return "\n".join(
        [
            "# The states of a delivery",
            "",
            "Made from the table `MOVES` in `src/grantwire/domain/delivery.py`; any other move is refused.",
            "A delivery begins as *pending*, *sending* (accepted and picked up by the same process), *held* (the webhook is",
            "paused), *blocked* (it waits for an earlier delivery of the same access request) or *skipped* (the webhook is",
            "inactive, or a filter does not match). A *dead* one is skipped by a person to let those go on that it keeps waiting.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *arrows,
            *ends,
            "```",
            "",
        ]
    )


def tips_page() -> str:
    parts = []
    for cause, tip in TIPS.items():
        steps = [f"* {step}" for step in tip.steps]
        parts += [f'<a id="{cause}"></a>', "", f"## {tip.title}", "", *steps, ""]
    return "\n".join(
        [
            "# Troubleshooting",
            "",
            "What to do when an invocation fails, by what was found. The console shows the tips of a failed test beside it, and all of",
            "them at `/troubleshooting`; this page is made from the same table, `src/grantwire/domain/tips.py`.",
            "",
            *parts,
            "## The test passes, and nothing comes of live events",
            "",
            "* Is the webhook active and not paused? The dot before its name tells: green is active, white inactive, amber paused.",
            "* Does it have the trigger? An event that no trigger names makes no delivery.",
            "* Does a filter leave it out? The form says how many of the last events it would have matched, and why not the newest other",
            "  one; `GET /v1/webhooks/{name}/explain?event=ID` tells it for one event, clause by clause.",
            "",
        ]
    )


PAGES = {
    "reference/settings.md": settings_page,
    "reference/delivery-states.md": states_page,
    "how-to/troubleshooting.md": tips_page,
}


def old_pages() -> list[str]:
    return [name for name, write in PAGES.items() if not _is_current(DOCS / name, write())]


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    if "--check" in sys.argv:
        old = old_pages()
        print("\n".join(f"docs/{name} is old: run tools/reference.py" for name in old) or "reference: fine")
        sys.exit(1 if old else 0)
    for name, write in PAGES.items():
        (DOCS / name).write_text(write())
