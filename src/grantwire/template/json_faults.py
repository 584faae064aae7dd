"""Says in words what is wrong where JSON broke, and how to mend it.

In: the expectations that a character or a mustache did not fit. Out: a `Fault`.
Never: deciding whether something is wrong, or where.
"""

from typing import Final

from grantwire.template.findings import Fault
from grantwire.template.json_states import ENDED, KEYS, NUMBERS, VALUES, Expect, Expects

COMMA_IDIOM: Final = "{{#unless @last}},{{/unless}}"

STRAY_BEFORE: Final = Fault(
    "stray-comma",
    "a comma stands before this bracket with nothing after it",
    f"in a loop, write the comma as {COMMA_IDIOM}; elsewhere put it inside the {{{{#if}}}} it belongs to",
)
STRAY_AFTER: Final = Fault(
    "stray-comma",
    "this comma has nothing before it",
    "put the comma inside the {{#if}} or {{#each}} that writes what stands before it",
)
STRAY_TWICE: Final = Fault("stray-comma", "two commas follow each other", "remove one comma")
NO_VALUE: Final = Fault(
    "missing-value", "a value is missing here", "write null, or a mustache, which prints null when data is missing"
)
NO_COLON: Final = Fault("missing-colon", "a colon is missing after the key", 'write "key": value')
NO_COMMA: Final = Fault(
    "missing-comma",
    "a comma is missing between two values",
    f"write a comma; in a loop, {COMMA_IDIOM} before {{{{/each}}}}",
)
GLUED: Final = Fault(
    "glued",
    "two values touch each other",
    f'write a comma between them (in a loop, {COMMA_IDIOM}), or put them together in quotes: "{{{{a}}}}{{{{b}}}}"',
    "a comma or a closing bracket",
)
AFTER_END: Final = Fault("after-the-end", "the document has already ended before this", "remove what follows it")
UNQUOTED_KEY: Final = Fault("unquoted-key", "a key must stand in double quotes", 'write "key": value')
SINGLE_QUOTES: Final = Fault("single-quotes", "JSON knows only double quotes", "replace ' by \"")
NOT_A_VALUE: Final = Fault(
    "bad-value",
    "this is not a JSON value",
    "put text in double quotes; bare words are only true, false and null",
)
BAD_NUMBER: Final = Fault("bad-value", "this number is not finished", "write digits, or put it in double quotes")
LEADING_ZERO: Final = Fault(
    "bad-value", "a number cannot begin with 0", "remove the 0, or put the number in double quotes"
)
WRONG_BRACKET: Final = Fault("wrong-bracket", "this bracket does not close the innermost open one")
LINE_BREAK: Final = Fault(
    "line-break", "in NDJSON each document stands on one line", "remove the line break inside the document"
)
RAW_CONTROL: Final = Fault(
    "raw-control-character",
    "a line break, tab or other control character cannot stand in a JSON string",
    r"write \n or \t, or close the string before the line ends",
)
BAD_ESCAPE: Final = Fault(
    "bad-escape",
    "this is not an escape that JSON knows",
    r"write \\ for a backslash; JSON knows \" \\ \/ \b \f \n \r \t and \u with four hexadecimal digits",
)
LONE_BACKSLASH: Final = Fault(
    "lone-backslash",
    "the backslash before this would swallow the first character that is printed",
    r"write three backslashes before {{ to print one: Handlebars takes one away, JSON needs two",
)
CUT_ESCAPE: Final = Fault(
    "lone-backslash", r"a \u escape is cut off here", r"write all four digits of \u before the tag"
)
UNTERMINATED: Final = Fault("unterminated", "the body ends before its JSON is complete")
EMPTY: Final = Fault("unterminated", "the body holds no JSON", "write an object, or a mustache that prints a value")
TOO_DEEP: Final = Fault(
    "nested-too-deep",
    "JSON in a string in a string goes at most 4 deep here",
    "a quote costs twice the characters at each level: send an object instead of a string",
)
APART: Final = Fault(
    "branches-differ",
    "the ways through this block end in different places",
    "open and close strings, brackets and braces inside the same branch",
)


def explain(broken: Expects, char: str, container: str) -> Fault:
    """`char` as spelled for `json_states`, or `{{` for a mustache. The clearest of the reasons is given."""
    if char == "\n":
        return LINE_BREAK
    if broken & KEYS:
        return explain_key(broken, char)
    if broken & VALUES:
        return explain_value(broken, char, container)
    if Expect.COLON in broken:
        return NO_COLON
    if broken & ENDED:
        return explain_end(broken, char, container)
    return explain_token(broken, char)


def explain_key(broken: Expects, char: str) -> Fault:
    match char:
        case "}":
            return STRAY_BEFORE
        case "]":
            return WRONG_BRACKET
        case ",":
            return STRAY_AFTER if Expect.FIRST_KEY in broken else STRAY_TWICE
        case "'":
            return SINGLE_QUOTES
        case _:
            return UNQUOTED_KEY


def explain_value(broken: Expects, char: str, container: str) -> Fault:
    if char == "'":
        return SINGLE_QUOTES
    if char not in "}],":
        return NOT_A_VALUE
    if container == "{" or not container:
        return NO_VALUE if char != "]" else WRONG_BRACKET
    if char == ",":
        return STRAY_AFTER if Expect.FIRST_VALUE in broken else STRAY_TWICE
    return STRAY_BEFORE if char == "]" else WRONG_BRACKET


def explain_end(broken: Expects, char: str, container: str) -> Fault:
    if Expect.ZERO in broken and char in "01":
        return LEADING_ZERO
    if broken & (ENDED - {Expect.AFTER}) and char not in "}],:":
        return GLUED
    if not container:
        return AFTER_END
    if char in "}]":
        return WRONG_BRACKET
    return NO_COMMA


def explain_token(broken: Expects, char: str) -> Fault:
    if char == "{{":
        return GLUED
    return BAD_NUMBER if broken & NUMBERS else NOT_A_VALUE
