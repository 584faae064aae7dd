"""Changes one small thing of a module at a time and sees whether the tests notice.

    python tools/mutate.py json_states contexts      modules of grantwire.template (default: the context analyser's)

In: modules, and `tools/equivalent-mutants.txt`, which lists changes that change nothing, each with its reason. Out: each
change no test noticed; exit 1 if there are any. Never: a changed file. Every mutant lives in a process of its own.
"""

import ast
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "grantwire.template"
ANALYSER = (
    "json_states", "json_levels", "json_chunks", "json_contexts", "contexts", "walk", "walk_faults", "json_faults",
    "findings", "turns", "outline", "careful",
)  # fmt: skip
#: Tests that look at what is changed, the quick ones first: a mutant seldom outlives the first file.
TESTS = (
    "test_contexts.py", "test_contexts_exact.py", "test_turns.py", "test_modes.py", "test_lint.py", "test_canary.py", "test_compile.py",
    "test_contexts_sound.py", "test_hostile_values.py",
)  # fmt: skip
FIRST = {
    "careful": ("test_tiers.py", "test_limits.py", "test_hostile_values.py"),
    "outline": ("test_lint.py",),
}
SECONDS = 120

OPPOSITE: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


class Mutant(NamedTuple):
    """`name` stays the same when lines move: the function, the code before and after."""

    name: str
    line: int
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for place, node in places(tree, ""):
        for change in changes(node):
            before = ast.unparse(node).partition("\n")[0]
            after = ast.unparse(change).partition("\n")[0] if change is not None else "nothing"
            name = f"{place}: {before} -> {after}"
            seen[name] = seen.get(name, 0) + 1
            numbered = name if seen[name] == 1 else f"{name} ({seen[name]})"
            yield Mutant(numbered, getattr(node, "lineno", 0), replaced(tree, node, change))


def places(node: ast.AST, around: str) -> Iterator[tuple[str, ast.AST]]:
    """Everything that runs, with the function it stands in; annotations, docstrings and messages do not matter."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or is_text(child):
                continue
            inside = around
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{around}.{child.name}".lstrip(".")
            yield inside or "module", child
            yield from places(child, inside)


def is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def changes(node: ast.AST) -> Iterator[ast.AST | None]:
    """What could stand in a node's place; None: nothing at all."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            yield ast.Compare(node.left, [OPPOSITE[type(op)]()], node.comparators)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(OPPOSITE[type(op)](), node.values)
        case ast.BinOp(op=op) if type(op) in OPPOSITE:
            yield ast.BinOp(node.left, OPPOSITE[type(op)](), node.right)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant():
            yield from changes_of_constant(node.value)
        case ast.stmt() | ast.IfExp():
            yield from changes_of_statement(node)


def changes_of_constant(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int():
            yield ast.Constant(value + 1)
        case str() if len(value) == 1:
            yield ast.Constant("\x7f")


def changes_of_statement(node: ast.AST) -> Iterator[ast.AST | None]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp | ast.BoolOp):
            turned = deepcopy(node)
            turned.test = ast.UnaryOp(ast.Not(), deepcopy(test))
            yield turned
        case ast.Return(value=ast.AST() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Delete():
            yield None
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield None


class Replacing(ast.NodeTransformer):
    def __init__(self, path: tuple[int, int, str], change: ast.AST | None) -> None:
        self._at, self._change = path, change

    def visit(self, node: ast.AST) -> ast.AST:
        if (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), ast.dump(node)) == self._at:
            return self._change if self._change is not None else ast.Pass()
        return super().visit(node)


def replaced(tree: ast.Module, node: ast.AST, change: ast.AST | None) -> ast.Module:
    at = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), ast.dump(node))
    return ast.fix_missing_locations(Replacing(at, change).visit(deepcopy(tree)))


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from a changed tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self._module, self._tree = module, tree

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, self._module, "exec"), module.__dict__)  # noqa: S102  our own code, changed


def is_noticed(module: str, tree: ast.Module) -> bool:
    """Whether the tests fail. Whatever takes too long is noticed as well."""
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        os._exit(run_tests(module, tree))
    _, status = os.waitpid(child, 0)
    return status != 0


def run_tests(module: str, tree: ast.Module) -> int:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.meta_path.insert(0, Changed(f"{PACKAGE}.{module}", tree))
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    first = FIRST.get(module, ())
    files = [f"tests/template/{name}" for name in (*first, *(name for name in TESTS if name not in first))]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--tb=no", "-o", "filterwarnings="]
    try:
        # By itself, as it mostly suffices, and the others take their time to be collected.
        return int(pytest.main([*options, files[0]]) or pytest.main([*options, *files[1:]]))
    except BaseException:  # noqa: BLE001  a mutant may do anything; it is noticed then
        return 1


def equivalents() -> set[str]:
    lines = (ROOT / "tools" / "equivalent-mutants.txt").read_text("utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith((" ", "#"))}


def survivors(module: str) -> list[str]:
    source = (ROOT / "src" / PACKAGE.replace(".", "/") / f"{module}.py").read_text("utf-8")
    if is_noticed(module, ast.parse(source)):
        sys.exit("the tests fail without any change")
    known = equivalents()
    began, count, left = time.perf_counter(), 0, []
    for mutant in mutants(source):
        count += 1
        if f"{module} {mutant.name}" in known or is_noticed(module, mutant.tree):
            continue
        left.append(f"{module} {mutant.name}")
        print(f"{module}.py:{mutant.line}: {mutant.name}", flush=True)
    spent = time.perf_counter() - began
    print(f"{module}: {count - len(left)} of {count} noticed or known to change nothing, {spent:.0f} s", flush=True)
    return left


def main() -> int:
    os.chdir(ROOT)
    return 1 if [left for module in sys.argv[1:] or ANALYSER for left in survivors(module)] else 0


if __name__ == "__main__":
    sys.exit(main())
