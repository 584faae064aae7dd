"""Random JSON bodies with mustaches in every place a body can have them: a dice goes in, a template comes out.

handlebars.js cannot judge these, as it escapes for HTML; they are for our two tiers to agree on.
"""

from random import Random

PATHS = (
    "a", "b", "name", "n", "flag", "obj.a", "obj.name", "list.[0]", "list.length", "nobody", "a.b.c", "this.a",
    "@root.name", "../a", "@index", "@key", "@first", "obj.[a b]", "x", "x.a", "item", "item.name",
)  # fmt: skip
CALLS = (
    "json obj", "json list", "default nobody 'none'", "default a b", "upper name", "lower a", "trim a",
    "join list ','", "lookup obj 'a'", "lookup list 0", "truncate name 3", "replace name 'a' 'b'", "eq a b",
    "not flag", "and a b", "or nobody a",
)  # fmt: skip
CONDITIONS = ("a", "nobody", "flag", "list", "obj", "n", "(eq a b)", "(not flag)", "@first", "n includeZero=true")
PIECES = ("text", " ", "é", "😀", "\\n", '\\"', "\\\\", "/", "<b>", "'", ": ", "$", "")


class Body:
    """Writes one body. `level` is how many JSON strings it is inside."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice

    def expression(self) -> str:
        return self.dice.choice(PATHS) if self.dice.random() < 0.8 else self.dice.choice(CALLS)

    def mustache(self) -> str:
        kind = self.dice.random()
        if kind < 0.9:
            tilde = "~" if self.dice.random() < 0.1 else ""
            return "{{" + tilde + self.expression() + " }}"
        return "{{{" + self.expression() + "}}}" if kind < 0.95 else "{{&" + self.expression() + " }}"

    def content(self, depth: int) -> str:
        """What stands between the quotes of a string."""
        return "".join(self.piece(depth) for _ in range(self.dice.randint(0, 4)))

    def piece(self, depth: int) -> str:
        kind = self.dice.random()
        if kind < 0.35:
            return self.dice.choice(PIECES)
        if kind < 0.75 or depth == 0:
            return self.mustache()
        inner = self.content(depth - 1)
        if kind < 0.85:
            other = "{{else}}" + self.content(depth - 1) if self.dice.random() < 0.5 else ""
            return "{{#if " + self.dice.choice(CONDITIONS) + "}}" + inner + other + "{{/if}}"
        if kind < 0.95:
            return self.dice.choice(("{{#each list}}", "{{#each obj as |item x|}}")) + inner + "{{/each}}"
        return "{{#with obj}}" + inner + "{{/with}}"

    def value(self, depth: int) -> str:
        kind = self.dice.random()
        if depth == 0 or kind < 0.45:
            return self.leaf(depth)
        if kind < 0.65:
            return "[" + ", ".join(self.value(depth - 1) for _ in range(self.dice.randint(0, 3))) + "]"
        if kind < 0.75:
            comma = "{{#unless @last}},{{/unless}}"
            return "[{{#each list}}" + self.value(depth - 1) + comma + "{{/each}} ]"
        if kind < 0.85:
            condition = self.dice.choice(CONDITIONS)
            return "{{#if " + condition + "}}" + self.value(depth - 1) + "{{else}}" + self.value(depth - 1) + "{{/if}}"
        pairs = (f'"{name}": {self.value(depth - 1)}' for name in self.dice.sample("pqrstuv", self.dice.randint(0, 3)))
        return "{ " + ",\n  ".join(pairs) + " }"

    def leaf(self, depth: int) -> str:
        kind = self.dice.random()
        if kind < 0.3:
            return self.mustache() + " "
        if kind < 0.4:
            return self.dice.choice(("1", "-2.5", "true", "null", '""'))
        if kind < 0.5 and depth:
            return '"' + self.nested() + '"'
        return '"' + self.content(2) + '"'

    def nested(self) -> str:
        """A JSON document inside a string: the case that every other engine breaks."""
        inner = Body(self.dice)
        document = (
            '{ "k": "'
            + inner.mustache()
            + '", "v": '
            + inner.mustache()
            + ' , "t": "'
            + self.dice.choice(("", "x"))
            + '" }'
        )
        return document.replace("\\", "\\\\").replace('"', '\\"')


def random_body(dice: Random) -> str:
    return Body(dice).value(3)
