"""Guards the tail: no function over 40 lines, no file over 450, no empty-looking `__init__` with code in it.

Reads the tree given on the command line (default `src`), prints each place that is too long, exits 1 if any.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 40
FILE_LINES = 450


def faults(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*.py")):
        text = path.read_text()
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield f"{path}: {lines} lines (at most {FILE_LINES}); look for the second noun"
        if path.name == "__init__.py" and path.parent.name != "template" and text.strip():
            yield f"{path}: must be empty"
        yield from long_functions(path, ast.parse(text))


def long_functions(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} is {lines} lines (at most {FUNCTION_LINES})"


if __name__ == "__main__":
    found = [fault for root in sys.argv[1:] or ["src"] for fault in faults(Path(root))]
    print("\n".join(found) or "sizes: fine")
    sys.exit(1 if found else 0)
