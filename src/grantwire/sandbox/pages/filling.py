"""A small template filler for the sandbox's pages: everything put in is escaped unless it is Markup.

In: a page's name under `pages/` and values. Out: HTML text. Must never: put a value in unescaped.
"""

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


@cache
def plain_file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return Template(plain_file(f"{name}.html"))


def filled(name: str, /, **values: str | Mapping[str, str]) -> str:
    """A mapping becomes hidden form fields."""
    safe = {key: hidden(value) if isinstance(value, Mapping) else escaped(value) for key, value in values.items()}
    return _template(name).substitute(safe)


def markup(name: str, /, **values: str | Mapping[str, str]) -> Markup:
    return Markup(filled(name, **values))


def escaped(value: str) -> str:
    return str(value) if isinstance(value, Markup) else escape(value, quote=True)


def hidden(pairs: Mapping[str, str]) -> Markup:
    fields = (f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in pairs.items())
    return Markup("".join(fields))
