"""White-space control: `~`, and tags that stand alone on their line, exactly as handlebars.js does it.

In: a draft tree. Out: the same, its texts trimmed and stand-alone partials indented.
Never: the order of the steps below is to be changed; handlebars.js trims in this order and results depend on it.
"""

from dataclasses import dataclass

from grantwire.template.draft import Draft, DraftBlock, DraftLeaf, DraftProgram, DraftText, Strip, indented
from grantwire.template.lexer import WHITE_CHARACTERS


@dataclass(slots=True)
class _Wish:
    """What a node asks of its neighbours; whether it gets it depends on them."""

    strip: Strip
    opening_stands_alone: bool = False
    closing_stands_alone: bool = False
    stands_alone: bool = False


def control_whitespace(root: DraftProgram) -> None:
    _program(root, is_root=True)


def _program(program: DraftProgram, *, is_root: bool = False) -> None:
    body = program.body
    for index, current in enumerate(body):
        wish = _wish(current)
        if wish is None:
            continue
        before = _white_before(body, index, is_root=is_root)
        after = _white_after(body, index, is_root=is_root)
        if wish.strip.close:
            _trim_start(body, index + 1)
        if wish.strip.open:
            _trim_end(body, index - 1)
        if wish.stands_alone and before and after:
            _leave_line(body, index)
        if isinstance(current, DraftBlock):
            if wish.opening_stands_alone and before:
                _drop_line_start((current.program or _inverse(current)).body, 0)
                _drop_line_end(body, index - 1)
            if wish.closing_stands_alone and after:
                _drop_line_start(body, index + 1)
                last = (current.inverse or _program_of(current)).body
                _drop_line_end(last, len(last) - 1)


def _leave_line(body: list[Draft], index: int) -> None:
    _drop_line_start(body, index + 1)
    if _drop_line_end(body, index - 1):
        current, previous = body[index], body[index - 1]
        if isinstance(current, DraftLeaf) and isinstance(previous, DraftText):
            indented(current, previous.original[len(previous.original.rstrip(" \t")) :])


def _wish(node: Draft) -> _Wish | None:
    match node:
        case DraftText():
            return None
        case DraftLeaf():
            return _Wish(node.strip, stands_alone=node.may_stand_alone)
        case DraftBlock():
            return _block(node)


def _block(block: DraftBlock) -> _Wish:
    if block.program is not None:
        _program(block.program)
    if block.inverse is not None:
        _program(block.inverse)
    program = block.program or _inverse(block)
    inverse = block.inverse if block.program is not None else None
    first, last = _ends_of_chain(inverse)
    open_strip = block.opening.strip
    wish = _Wish(
        Strip(open_strip.open, block.close_strip.close),
        opening_stands_alone=_white_after(program.body, -1),
        closing_stands_alone=_white_before((first or program).body, len((first or program).body)),
    )
    if open_strip.close:
        _trim_start(program.body, 0)
    if first is not None and last is not None:
        _around_else(block, program, (first, last))
    elif block.close_strip.open:
        _trim_end(program.body, len(program.body) - 1)
    return wish


def _around_else(block: DraftBlock, program: DraftProgram, ends: tuple[DraftProgram, DraftProgram]) -> None:
    first, last = ends
    if block.inverse_strip.open:
        _trim_end(program.body, len(program.body) - 1)
    if block.inverse_strip.close:
        _trim_start(first.body, 0)
    if block.close_strip.open:
        _trim_end(last.body, len(last.body) - 1)
    if _white_before(program.body, len(program.body)) and _white_after(first.body, -1):
        _drop_line_end(program.body, len(program.body) - 1)
        _drop_line_start(first.body, 0)


def _ends_of_chain(inverse: DraftProgram | None) -> tuple[DraftProgram | None, DraftProgram | None]:
    """The first and last program of an `else if` chain; as in handlebars.js both are that of the first link."""
    if inverse is None or not inverse.chained:
        return inverse, inverse
    link = inverse.body[0]
    program = _program_of(link) if isinstance(link, DraftBlock) else None
    return program, program


def _program_of(block: DraftBlock) -> DraftProgram:
    if block.program is None:
        raise AssertionError("a chain link has a program, and so has a block without inverse")
    return block.program


def _inverse(block: DraftBlock) -> DraftProgram:
    if block.inverse is None:
        raise AssertionError("a block without program has an inverse")
    return block.inverse


def _white_before(body: list[Draft], index: int, *, is_root: bool = False) -> bool:
    """True when only white space lies between the node and the start of its line (or of the template)."""
    if index < 1:
        return is_root
    previous = body[index - 1]
    if not isinstance(previous, DraftText):
        return False
    text = previous.original
    rest = text.rstrip(WHITE_CHARACTERS)
    return "\n" in text[len(rest) :] or (index < 2 and is_root and not rest)


def _white_after(body: list[Draft], index: int, *, is_root: bool = False) -> bool:
    """True when only white space lies between the node and the end of its line (or of the template)."""
    if index + 1 >= len(body):
        return is_root
    following = body[index + 1]
    if not isinstance(following, DraftText):
        return False
    text = following.original
    rest = text.lstrip(WHITE_CHARACTERS)
    return "\n" in text[: len(text) - len(rest)] or (index + 2 >= len(body) and is_root and not rest)


def _text_at(body: list[Draft], index: int) -> DraftText | None:
    node = body[index] if 0 <= index < len(body) else None
    return node if isinstance(node, DraftText) else None


def _trim_start(body: list[Draft], index: int) -> None:
    text = _text_at(body, index)
    if text is not None:
        _keep_end(text, text.value.lstrip(WHITE_CHARACTERS))


def _trim_end(body: list[Draft], index: int) -> None:
    text = _text_at(body, index)
    if text is not None:
        trimmed = text.value.rstrip(WHITE_CHARACTERS)
        text.left_stripped = trimmed != text.value
        text.value = trimmed


def _drop_line_start(body: list[Draft], index: int) -> None:
    """Takes blanks and one line end from the start of the text, once."""
    text = _text_at(body, index)
    if text is None or text.right_stripped:
        return
    _keep_end(text, text.value.lstrip(" \t").removeprefix("\r").removeprefix("\n"))


def _keep_end(text: DraftText, trimmed: str) -> None:
    text.right_stripped = trimmed != text.value
    text.start += len(text.value) - len(trimmed)
    text.value = trimmed


def _drop_line_end(body: list[Draft], index: int) -> bool:
    """Takes blanks from the end of the text, once; True when there were any."""
    text = _text_at(body, index)
    if text is None or text.left_stripped:
        return False
    trimmed = text.value.rstrip(" \t")
    text.left_stripped = trimmed != text.value
    text.value = trimmed
    return text.left_stripped
