"""Templates of nearly 64 KiB that a careless lexer, parser or analyser would be slow with; for tests and bench."""

from typing import Final

from grantwire.template.limits import LIMITS

SIZE: Final = LIMITS.template_bytes

#: What is repeated, with what stands before and behind it.
REPEATED: Final[dict[str, tuple[str, str, str]]] = {
    "open braces": ("", "{{", ""),
    "three open braces": ("", "{{{", ""),
    "closing braces": ("", "}}", ""),
    "mustaches": ("", "{{a}}", ""),
    "data mustaches": ("", "{{@a}}", ""),
    "ampersands": ("", "{{&", ""),
    "ampersand mustaches": ("", "{{&a}}", ""),
    "open blocks": ("", "{{#if a}}", ""),
    "blocks": ("", "{{#if a}}{{/if}}", ""),
    "closing tags": ("", "{{/a}}", ""),
    "else": ("", "{{else}}", ""),
    "else if": ("{{#if a}}", "{{else if a}}", ""),
    "inverse sections": ("", "{{^a}}", ""),
    "partials": ("", "{{>a}}", ""),
    "partial blocks": ("", "{{#>a}}", ""),
    "inline partials": ("", '{{#*inline "a"}}', ""),
    "double quotes": ("", '"', ""),
    "double quotes in a tag": ("{{a ", '"', ""),
    "single quotes in a tag": ("{{a ", "'", ""),
    "strings in a tag": ("{{a ", '"" ', "}}"),
    "escaped quotes in a tag": ('{{a "', '\\"', ""),
    "unclosed strings": ("", '{{a "\\" ', ""),
    "backslashes": ("", "\\", ""),
    "backslashes in a tag": ("{{a ", "\\", ""),
    "escaped tags": ("", "\\{{a}}", ""),
    "escaped braces": ("", "\\{{", ""),
    "open comments": ("", "{{!--", ""),
    "short open comments": ("", "{{!", ""),
    "comments": ("", "{{!-- --}}", ""),
    "half-closed comment": ("{{!--", "--~}", ""),
    "raw braces": ("", "{{{{", ""),
    "raw blocks never closed": ("", "{{{{a}}}}", ""),
    "raw blocks": ("", "{{{{a}}}}{{{{/a}}}}", ""),
    "raw block ends": ("{{{{a}}}}", "{{{{/", ""),
    "raw block openings": ("{{{{a}}}}", "{{{{b", ""),
    "long path": ("{{", "a.", "a}}"),
    "long path with slashes": ("{{", "a/", "a}}"),
    "long climb": ("{{", "../", "a}}"),
    "this": ("{{", "this.", "a}}"),
    "long path in brackets": ("{{", "[a].", "a}}"),
    "long name": ("{{", "a", "}}"),
    "open brackets": ("{{", "[", ""),
    "arguments": ("{{a ", "a ", "}}"),
    "as": ("{{a ", "as ", "}}"),
    "numbers": ("{{a ", "1 ", "}}"),
    "digits": ("{{", "1", "x}}"),
    "odd numbers": ("{{a ", "1x ", "}}"),
    "parentheses": ("{{a ", "(", ""),
    "open calls": ("{{a ", "(a ", ""),
    "calls": ("{{a ", "(a) ", "}}"),
    "hash": ("{{a ", "a=1 ", "}}"),
    "hash of a partial": ("{{> a ", "a=b ", "}}"),
    "open hash": ("{{a ", "a=(", ""),
    "equals signs": ("{{a ", "=", ""),
    "pipes": ("{{#a as |", "|", ""),
    "block parameters": ("{{#a as |", "x ", "|}}"),
    "at signs": ("{{", "@", ""),
    "NUL": ("", "\0", ""),
    "white space in a tag": ("{{", " ", ""),
    "white space": ("", " ", "{{a}}"),
    "lines with tags": ("", " {{!}} \n", ""),
    "tildes": ("", "{{~", ""),
    "stripped mustaches": ("", " {{~a~}} ", ""),
    "odd characters": ("{{", "%", ""),
    "wide characters": ("{{", "\u00e9", ""),
    "JSON lists": ("", "[", ""),
    "JSON strings": ("[", '"",', '""]'),
    "JSON escapes": ('"', '\\"', '"'),
    "JSON backslashes": ('"', "\\\\", '"'),
    "JSON in a string": ('"', '{\\"a\\":', '"'),
    "JSON unicode escapes": ('"{', "\\u005c", '"'),
    "JSON digits": ("", "1", ""),
    "JSON bare keys": ("{", "a:1,", ""),
    "JSON line breaks in a string": ('"', "\n", '"'),
    "JSON strings with mustaches": ("[", '"{{a}}",', ""),
    "JSON documents in strings": ("[", '"{ \\"a\\": \\"{{b}}\\" }",', ""),
    "JSON branches that differ": ("[", '{{#if a}}"{{else}}{{/if}}', "]"),
    "JSON loops that differ": ("[", "{{#each a}}[{{/each}}", "]"),
}


def filled(parts: tuple[str, str, str], size: int = SIZE) -> str:
    before, unit, behind = parts
    room = size - len((before + behind).encode())
    return before + unit * (room // len(unit.encode())) + behind


SHAPES: Final = {
    **{name: filled(parts) for name, parts in REPEATED.items()},
    "1 MB of braces": "{{" * 500_000,
    "nested calls": "{{a " + "(a " * 16_000 + ")" * 16_000 + "}}",
    "nested loops": "{{#each a}}" * 50 + "1" + "{{/each}}" * 50,
    "nested conditions": "{{#if a}}1{{else}}" * 50 + "2" + "{{/if}}" * 50,
    "nested loops with commas": "[{{#each a}}" * 40 + "1" + "{{#unless @last}},{{/unless}}{{/each}}]" * 40,
    "conditions in a row": "[" + "{{#if a}}1,{{/if}}" * 390 + "1]",
    "tangled loops": "[" + '{{#each a}}{{#if b}}"{{/if}}{{/each}}' * 240 + "]",
}
