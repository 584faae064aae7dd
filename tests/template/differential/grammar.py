"""Random templates over the whole language: a dice goes in, a template with its data and partials comes out.

Everything here is within the limits of our engine, and no name of a helper that only we have is used as a path, so that
whatever the two engines do differently is a finding. This file must never know either engine.
"""

from random import Random

from differential import values
from differential.damage import damage
from differential.handlebars_js import Case

PARTIALS = ("p", "q", "r/s", "t u")
RARE_PARTIALS = ("missing", "@partial-block", "12", "./p", "p.q", "../p")
WORDS = (
    "x", "text", " ", "  ", "a\nb", "\n", "\n", "\n", "\r\n", "\t", " \n", "\n  ", "<i>", "&", '"', "'", "x}", " }}",
    "{ ", "{ { ", "é", "😀", "$", "\\x", "/", "~", "\n\n", " \t\n ", "\u00a0", "\ufeff", "#", "else",
    "\x0b", "\u2028", "\r", "\x85", "\x1c", "\u200b", "\u3000", "\u180e", "\x0c",
)  # fmt: skip
LITERALS = (
    '"a"', "'b'", '"x y"', '"é<&"', "'it\\'s'", '"say \\"hi\\""', '""', "0", "1", "-1", "12", "1.5", "-0.25",
    "007", "1.50", "true", "false", "null", "undefined", '"list"', '"name"', '"0"', '"length"',
    "100000000000000000000000",
    '"two\nlines"', '"a\\\\"', '"\\\\n"', "'\\\\'", '"p"', "'\"'", "-0", "0x1f", "1e5", "00", "9007199254740993",
)  # fmt: skip
HEADS = (
    "this", ".", "..", "../..", "@root", "@index", "@key", "@first", "@last", "@../index", "@../key", "@nothing",
    "@../../first", "@../root", "@partial-block", "@root.list", "this.this", "./.", "[this]",
)  # fmt: skip
RAW_BODIES = ("", " {{x}} ", "{{{y}}}", "text\n", "{{#if}}", "}}}}", "\\{{a}}", "{{{{b}}}} {{{{/b}}}}")
SPACES = ("",) * 24 + (" ",) * 8 + ("  ", "\n", "\t", " \r\n ", "\u00a0", "\ufeff", "\x0b")


class Grammar:
    """Writes one template. `names` are the block parameters in reach; `depth` is what nesting is still allowed."""

    def __init__(self, dice: Random, *, partials: tuple[str, ...]) -> None:
        self.dice = dice
        self.partials = partials
        self.names: list[str] = []

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    # -- the smallest pieces

    def space(self) -> str:
        return self.dice.choice(SPACES)

    def gap(self) -> str:
        return self.dice.choice((" ", " ", " ", "  ", "\n", "\t", " \r\n"))

    def tilde(self) -> str:
        return "~" if self.chance(0.1) else ""

    def text(self) -> str:
        return "".join(self.dice.choice(WORDS) for _ in range(self.dice.randint(0, 3)))

    def segment(self) -> str:
        name = values.key(self.dice)
        # A bare number is only an identifier in some places, so it is usually in brackets, as people write it.
        in_brackets = 0.97 if name.isdecimal() or name in {"true", "null", "this"} else 0.08
        if any(c in " .\n]" for c in name) or self.chance(in_brackets):
            return f"[{name}]"
        return name

    def path(self) -> str:
        if self.names and self.chance(0.35):
            start = self.dice.choice(self.names)
        elif self.chance(0.3):
            start = self.dice.choice(HEADS)
        else:
            start = self.dice.choice(("", "", "", "./", "this.", "../", "this/", "@root.")) + self.segment()
        tail = self.dice.choice((0, 0, 0, 0, 1, 1, 2))
        dots = "/" if start.endswith(".") else "..../"
        return start + "".join(self.dice.choice(dots) + self.step() for _ in range(tail))

    def step(self) -> str:
        if self.chance(0.8):
            return self.segment()
        if self.chance(0.02):
            return self.dice.choice(("0", "this", "..", "."))
        return self.dice.choice(("[0]", "[1]", "length", "[length]", "[this]"))

    # -- expressions

    def argument(self, depth: int = 2) -> str:
        kind = self.dice.random()
        if kind < 0.6:
            return self.path()
        if kind < 0.85 or depth == 0:
            return self.dice.choice(LITERALS)
        return self.call(depth - 1)

    def call(self, depth: int) -> str:
        return f"({self.space()}{self.lookup(depth)}{self.space()})"

    def lookup(self, depth: int = 2) -> str:
        arguments = 2 if self.chance(0.995) else self.dice.randint(0, 3)
        return "lookup" + "".join(self.gap() + self.argument(depth) for _ in range(arguments))

    def hashes(self, probability: float) -> str:
        if not self.chance(probability):
            return ""
        pairs = self.dice.randint(1, 2)
        return "".join(f"{self.gap()}{self.segment()}={self.argument()}" for _ in range(pairs))

    def expression(self) -> str:
        kind = self.dice.random()
        if kind < 0.75:
            return self.path()
        if kind < 0.88:
            return self.lookup()
        if kind < 0.94:
            return self.dice.choice(LITERALS)
        if kind < 0.99:
            return "log" + self.gap() + self.argument() + self.hashes(0.2)
        return self.path() + self.gap() + self.argument() + self.hashes(0.3)

    # -- tags

    def tag(self, opening: str, inside: str, closing: str = "") -> str:
        return "{{" + self.tilde() + opening + self.space() + inside + self.space() + closing + self.tilde() + "}}"

    def mustache(self) -> str:
        kind = self.dice.random()
        if kind < 0.66:
            return self.tag("", self.expression())
        if kind < 0.86:
            return self.tag("{", self.expression(), "}")
        return self.tag("&", self.expression())

    def comment(self) -> str:
        body = self.dice.choice(("", "note", " a\nb ", "-", " else ", "{{x"))
        if self.chance(0.5):
            return "{{" + self.tilde() + "!" + body + self.tilde() + "}}"
        return (
            "{{"
            + self.tilde()
            + "!--"
            + body
            + self.dice.choice(("", " }} ", "{{a}}", "-"))
            + "--"
            + self.tilde()
            + "}}"
        )

    def escaped(self) -> str:
        return self.dice.choice(("\\", "\\\\", "\\\\\\")) + self.mustache() + self.text()

    def raw(self) -> str:
        head = self.dice.choice(("a", "list", "flag", "obj", "if a", "each list", "with obj", "a b"))
        name = head.partition(" ")[0]
        body = self.dice.choice(RAW_BODIES)
        return "{{{{" + self.space() + head + self.space() + "}}}}" + body + "{{{{/" + name + "}}}}"

    def partial(self) -> str:
        kind = self.dice.random()
        if kind < 0.93 and self.partials:
            name = self.dice.choice(self.partials)
            name = name if " " not in name else self.dice.choice((f"[{name}]", f'"{name}"'))
        elif kind < 0.97:
            name = self.dice.choice(("(lookup . 'name')", '(lookup @root "a")', *RARE_PARTIALS))
        else:
            name = self.dice.choice(("inner", "@partial-block"))
        if name in ("inner", *RARE_PARTIALS) and self.chance(0.8):
            return self.text()
        return self.tag(">", name + self.partial_arguments())

    def partial_arguments(self) -> str:
        context = self.gap() + self.argument() if self.chance(0.35) else ""
        return context + self.hashes(0.3)

    # -- blocks

    def block(self, depth: int) -> str:
        choices = (self.conditional, self.conditional, self.each, self.each, self.with_, self.section, self.section)
        rare = (
            self.inverse,
            self.inverse,
            self.partial_block,
            self.partial_block,
            self.inline,
            self.inline,
            self.lookup_block,
        )
        return self.dice.choice(choices if self.chance(0.7) else rare)(depth)

    def conditional(self, depth: int) -> str:
        word = self.dice.choice(("if", "if", "unless"))
        zero = self.gap() + "includeZero=" + self.dice.choice(("true", "false", "flag")) if self.chance(0.15) else ""
        arguments = self.gap() + self.argument() if self.chance(0.995) else ""
        return self.wrapped(word, arguments + zero, depth)

    def each(self, depth: int) -> str:
        return self.with_names("each", self.gap() + self.argument(), depth)

    def with_(self, depth: int) -> str:
        return self.with_names("with", self.gap() + self.argument(), depth)

    def section(self, depth: int) -> str:
        head = self.path() if self.chance(0.9) else self.dice.choice(('"a b"', "12", "true", '"list"', "-1", "a b"))
        return self.with_names(head, "", depth)

    def lookup_block(self, depth: int) -> str:
        return self.wrapped("lookup", self.lookup()[6:], depth)

    def with_names(self, head: str, arguments: str, depth: int) -> str:
        if not self.chance(0.25):
            return self.wrapped(head, arguments, depth)
        names = [
            self.dice.choice(("a", "item", "i", "list", "v", "key")) for _ in range(self.dice.choice((1, 2, 2, 3)))
        ]
        clause = self.gap() + "as" + self.gap() + "|" + self.space() + self.gap().join(names) + self.space() + "|"
        self.names.extend(names)
        written = self.wrapped(head, arguments + clause, depth)
        del self.names[-len(names) :]
        return written

    def wrapped(self, head: str, arguments: str, depth: int) -> str:
        body = self.body(depth) + self.alternatives(depth)
        return self.line(self.tag("#", head + arguments)) + body + self.line(self.tag("/", head))

    def inverse(self, depth: int) -> str:
        head = self.path()
        alternative = self.otherwise(depth) if self.chance(0.2) else ""
        return self.line(self.tag("^", head)) + self.body(depth) + alternative + self.line(self.tag("/", head))

    def alternatives(self, depth: int) -> str:
        if self.chance(0.6):
            return ""
        chain = "".join(self.chained(depth) for _ in range(self.dice.choice((0, 0, 0, 1, 1, 2))))
        return chain + (self.otherwise(depth) if self.chance(0.7) else "")

    def chained(self, depth: int) -> str:
        word = self.dice.choice(("if", "if", "unless", "each", "with", ""))
        clause = " as |v i|" if self.chance(0.1) else ""
        head = self.gap() + word + self.gap() + self.argument() + clause if word else self.gap() + self.path()
        return self.line(
            "{{" + self.tilde() + self.space() + "else" + head + self.space() + self.tilde() + "}}"
        ) + self.body(depth)

    def otherwise(self, depth: int) -> str:
        word = self.dice.choice(("else", "else", "else", "^"))
        before = self.space() if word == "else" else ""
        return self.line("{{" + self.tilde() + before + word + self.space() + self.tilde() + "}}") + self.body(depth)

    def partial_block(self, depth: int) -> str:
        name = self.dice.choice((*self.partials, "missing", "inner")) if self.partials else "missing"
        name = closing = f"[{name}]" if " " in name else name
        if self.chance(0.05):
            # handlebars.js compares the closing name with that of the sub-expression, which has none.
            name, closing = "(lookup . 'name')", "undefined"
        opening = self.line(self.tag("#>", name + self.partial_arguments()))
        return opening + self.body(depth) + self.line(self.tag("/", closing))

    def inline(self, depth: int) -> str:
        name = self.dice.choice(("inner", "inner", "p", "late"))
        body = self.line(self.tag("#*", f'inline "{name}"')) + self.body(depth) + self.line(self.tag("/", "inline"))
        return body + self.line(self.tag(">", name + self.partial_arguments())) if self.chance(0.6) else body

    # -- whole texts

    def line(self, tag: str) -> str:
        """A block's tag, often alone on its line: what stands alone is where the white-space rules bite."""
        if self.chance(0.5):
            return tag
        before = self.dice.choice(("", "\n", " ", "\n  ", "\n\t", "\r\n", "\n\n", " \n "))
        after = self.dice.choice(("\n", "\n", " \n", "\r\n", "", "  ", "\t\r\n", "\n\n"))
        return before + tag + after

    def piece(self, depth: int) -> str:
        kind = self.dice.random()
        if kind < 0.36:
            return self.text()
        if kind < 0.66:
            return self.mustache()
        if kind < 0.71:
            return self.line(self.comment())
        if kind < 0.78:
            return self.line(self.partial())
        if kind < 0.81:
            return self.escaped()
        if kind < 0.825:
            return self.raw()
        return self.block(depth - 1) if depth > 0 else self.text()

    def body(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.dice.randint(0, 3)))

    def template(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.dice.randint(1, 6)))


def random_case(dice: Random) -> Case:
    """A case of the whole language; one in eight is damaged in a random place, and the engines must still agree."""
    names = tuple(name for name in PARTIALS if dice.random() < 0.6)
    # A partial may only name those after it, so that none includes itself (inline ones still can).
    partials = {
        name: Grammar(dice, partials=(*names[at + 1 :], "@partial-block")).template(1) for at, name in enumerate(names)
    }
    template = Grammar(dice, partials=names).template(dice.choice((1, 2, 2, 3)))
    if dice.random() < 0.125:
        template = damage(template, dice)
    return Case(template, values.root(dice), partials)
