"""Python's `ast` nodes with a position in their class, and short ways to make them.

In: made-up names, constants, nodes. Out: nodes for `compile`, which wants a position of every one of them.
Never: a name or an attribute out of a template; those can only be constants.
"""

import ast
from functools import lru_cache
from typing import Any, Final

LOAD: Final = ast.Load()
STORE: Final = ast.Store()
IS: Final = ast.Is()
IS_NOT: Final = ast.IsNot()
EQ: Final = ast.Eq()
GREATER: Final = ast.Gt()
AND: Final = ast.And()
OR: Final = ast.Or()
NOT: Final = ast.Not()
ADD: Final = ast.Add()
SUBTRACT: Final = ast.Sub()
TIMES: Final = ast.Mult()


class _Placed:
    """One position for all: half the work of building a node is to write a position into it."""

    lineno = 1
    col_offset = 0


class Name(_Placed, ast.Name):
    pass


class Constant(_Placed, ast.Constant):
    pass


class Calling(_Placed, ast.Call):
    pass


class Assign(_Placed, ast.Assign):
    pass


class AugAssign(_Placed, ast.AugAssign):
    pass


class Compare(_Placed, ast.Compare):
    pass


class NamedExpr(_Placed, ast.NamedExpr):
    pass


class TupleNode(_Placed, ast.Tuple):
    pass


class ListNode(_Placed, ast.List):
    pass


class DictNode(_Placed, ast.Dict):
    pass


class Keyword(_Placed, ast.keyword):
    pass


class Subscript(_Placed, ast.Subscript):
    pass


class Attribute(_Placed, ast.Attribute):
    pass


class BinOp(_Placed, ast.BinOp):
    pass


class BoolOp(_Placed, ast.BoolOp):
    pass


class UnaryOp(_Placed, ast.UnaryOp):
    pass


class IfExp(_Placed, ast.IfExp):
    pass


class JoinedStr(_Placed, ast.JoinedStr):
    pass


class FormattedValue(_Placed, ast.FormattedValue):
    pass


class If(_Placed, ast.If):
    pass


class For(_Placed, ast.For):
    pass


class Try(_Placed, ast.Try):
    pass


class ExceptHandler(_Placed, ast.ExceptHandler):
    pass


class Expr(_Placed, ast.Expr):
    pass


class Raise(_Placed, ast.Raise):
    pass


class Pass(_Placed, ast.Pass):
    pass


class Return(_Placed, ast.Return):
    pass


class FunctionDef(_Placed, ast.FunctionDef):
    pass


class Argument(_Placed, ast.arg):
    pass


TRUE: Final = Constant(value=True)
FALSE: Final = Constant(value=False)
NONE: Final = Constant(None)
ZERO: Final = Constant(0)
TWO: Final = Constant(2)


@lru_cache(maxsize=1024)
def name(identifier: str) -> ast.expr:
    """Nobody changes a node, so one that reads a variable may stand in many places."""
    return Name(identifier, LOAD)


def const(value: Any) -> ast.expr:
    return Constant(value)


def call(function: str, *arguments: ast.expr) -> ast.expr:
    return Calling(name(function), list(arguments), [])


def assign(identifier: str, value: ast.expr) -> ast.stmt:
    return Assign([Name(identifier, STORE)], value)


def add(identifier: str, value: ast.expr) -> ast.stmt:
    return AugAssign(Name(identifier, STORE), ADD, value)


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return Compare(left, [operator], [right])


def named(identifier: str, value: ast.expr) -> ast.expr:
    return NamedExpr(Name(identifier, STORE), value)


def when(test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.stmt:
    return If(test, body, otherwise or [])


def attempt(body: list[ast.stmt], rescue: ast.stmt) -> ast.stmt:
    """`try` with one way out for whatever is raised."""
    return Try(body, [ExceptHandler(name("Exception"), None, [rescue])], [], [])
