"""Breaks a template the way people and pastes do: a template and a dice go in, a slightly different text comes out."""

from random import Random

SHARDS = (
    "{", "}", "{{", "}}", "{{{", "}}}", "#", "/", "^", "~", ".", "..", "[", "]", '"', "'", "|", "(", ")", "=", "@", "!",
    "-", "\\", "&", ">", "*", " ", "\n", "as |x|", "else", "{{else}}", "{{/if}}", "{{#if a}}", "{{/each}}", "{{^}}",
    "{{{{", "}}}}", "{{!--", "--}}", ",", ";", "%", "this", "0", "true", "`", "<", "+", "?", ":",
)  # fmt: skip


def damage(template: str, dice: Random) -> str:
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at = dice.randint(0, len(template))
        end = min(len(template), at + dice.choice((1, 1, 2, 4)))
        match dice.randint(0, 4):
            case 0:
                template = template[:at] + template[end:]
            case 1 | 2:
                template = template[:at] + dice.choice(SHARDS) + template[at:]
            case 3:
                template = template[:at] + dice.choice(SHARDS) + template[end:]
            case _:
                template = template[:end] + template[at:]
    return template
