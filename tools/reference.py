"""Writes the reference pages that come from code: `docs/reference/settings.md` and `delivery-states.md`.

In: nothing (`--check` compares instead of writing, exit 1 when a page is old). Out: the pages.
"""

import sys
from dataclasses import fields
from pathlib import Path

from grantwire.domain.delivery import ENDED, MOVES
from grantwire.settings import Settings, default_text, environment_name

DOCS = Path(__file__).parent.parent / "docs" / "reference"


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
            "paused) or *skipped* (the webhook is inactive, or a filter does not match).",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *arrows,
            *ends,
            "```",
            "",
        ]
    )


PAGES = {"settings.md": settings_page, "delivery-states.md": states_page}


def old_pages() -> list[str]:
    return [name for name, write in PAGES.items() if not _is_current(DOCS / name, write())]


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    if "--check" in sys.argv:
        old = old_pages()
        print("\n".join(f"docs/reference/{name} is old: run tools/reference.py" for name in old) or "reference: fine")
        sys.exit(1 if old else 0)
    for name, write in PAGES.items():
        (DOCS / name).write_text(write())
