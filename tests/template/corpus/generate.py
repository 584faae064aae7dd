"""Writes what handlebars.js makes of every case into the corpus.

In: the case files. Out: the same files with fresh expectations. Run it after adding or changing a case
(`python tests/template/corpus/generate.py`); nobody writes an expectation by hand, and a second
run changes nothing.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from differential.handlebars_js import Case, HandlebarsJs, Rendered

CORPUS = Path(__file__).parent


def subjects() -> list[Path]:
    return sorted(CORPUS.glob("*.json"))


def question(entry: dict[str, Any]) -> Case:
    return Case(entry["template"], entry["data"], entry.get("partials", {}))


def answered(entry: dict[str, Any], judge: HandlebarsJs) -> dict[str, Any]:
    asked = {key: entry[key] for key in ("name", "template", "data", "partials") if key in entry}
    match judge.render(question(entry)):
        case Rendered(text):
            return asked | {"expected": text}
        case _:
            return asked | {"refused": True}


def legible(value: Any) -> str:
    """JSON with letters of every language as they are, and everything that cannot be seen as an escape."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[^ -~]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)


def layout(entries: list[dict[str, Any]]) -> str:
    blocks = (",\n".join(f"    {legible(key)}: {legible(value)}" for key, value in entry.items()) for entry in entries)
    return "[\n" + ",\n".join("  {\n" + block + "\n  }" for block in blocks) + "\n]\n"


def regenerated(subject: Path, judge: HandlebarsJs) -> str:
    return layout([answered(entry, judge) for entry in json.loads(subject.read_text("utf-8"))])


def main() -> None:
    judge = HandlebarsJs()
    for subject in subjects():
        subject.write_text(regenerated(subject, judge), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
