"""The small changes that `mutate.py` makes to a module, one at a time.

In: the module's source. Out: for each change what it is called and the module with it, compiled.
Never: running it.
"""

import ast
from collections.abc import Iterator
from copy import deepcopy
from types import CodeType
from typing import NamedTuple

OPPOSITE: dict[type, type] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


class Mutant(NamedTuple):
    """`name` stays the same when lines move: the function, the code before and after. `lines`: what runs if it does.
    `function`: the outermost function it is in, as `Class.method`; empty if it takes effect on import.
    """

    name: str
    line: int
    lines: range
    function: str
    code: CodeType


class Spot(NamedTuple):
    """One node, where it hangs (an attribute of its parent, or an item of a list there) and what is around it."""

    node: ast.AST
    parent: ast.AST
    attribute: str
    index: int | None
    place: str
    function: str
    lines: range

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.attribute, node)
        else:
            getattr(self.parent, self.attribute)[self.index] = node


def mutants(source: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for spot in list(spots(tree, Spot(tree, tree, "", None, "", "", range(1)))):
        for change in changes(spot.node):
            before = ast.unparse(spot.node).partition("\n")[0]
            after = ast.unparse(change).partition("\n")[0] if change is not None else "nothing"
            name = f"{spot.place or 'module'}: {before} -> {after}"
            seen[name] = seen.get(name, 0) + 1
            numbered = name if seen[name] == 1 else f"{name} ({seen[name]})"
            spot.put(ast.fix_missing_locations(ast.copy_location(change or ast.Pass(), spot.node)))
            code = compile(tree, "mutant", "exec")
            spot.put(spot.node)
            yield Mutant(numbered, getattr(spot.node, "lineno", 0), spot.lines, spot.function, code)


def spots(node: ast.AST, around: Spot) -> Iterator[Spot]:
    """Everything that runs, with the function it stands in; annotations, docstrings and messages do not."""
    for attribute, value in ast.iter_fields(node):
        if attribute in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or is_text(child):
                continue
            spot = Spot(child, node, attribute, index, place(child, around), around.function, lines(child, around))
            if isinstance(node, ast.FunctionDef) and attribute == "body" and not spot.function:
                spot = spot._replace(function=around.place)
            yield spot
            yield from spots(child, spot)


def place(node: ast.AST, around: Spot) -> str:
    return (
        f"{around.place}.{node.name}".lstrip(".") if isinstance(node, ast.FunctionDef | ast.ClassDef) else around.place
    )


def lines(node: ast.AST, around: Spot) -> range:
    """Those of the statement a node is in, without the statements inside; of a `case`, its own."""
    match node:
        case ast.stmt(body=[ast.stmt() as first, *_]):
            return range(node.lineno, max(first.lineno, node.lineno + 1))
        case ast.Match(cases=[ast.match_case(pattern=first), *_]):
            return range(node.lineno, first.lineno)
        case ast.pattern() | ast.stmt():
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        case ast.expr() if isinstance(around.node, ast.match_case):
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        case _:
            return around.lines


def is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    match node:
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name("assert_never"))):
            return True
        case _:
            return False


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
