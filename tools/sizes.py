"""Guards the tail: no function over 40 lines, no file over 450, no code in an `__init__`.

Reads the tree given on the command line (default `src`), prints each place that is too long, exits 1 if any.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 40
FILE_LINES = 450
# packages that are imported by their own name: their `__init__` says what they offer
OPEN = frozenset({"template", "ports"})
OFFERS = (ast.Expr, ast.ImportFrom, ast.Assign)  # a docstring, imports, `__all__`


def faults(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*.py")):
        text = path.read_text()
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield f"{path}: {lines} lines (at most {FILE_LINES}); look for the second noun"
        tree = ast.parse(text)
        if path.name == "__init__.py" and path.parent.name not in OPEN and text.strip():
            yield f"{path}: must be empty"
        if path.name == "__init__.py" and not all(isinstance(node, OFFERS) for node in tree.body):
            yield f"{path}: only a docstring, imports and `__all__`"
        yield from long_functions(path, tree)


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
