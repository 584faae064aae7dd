"""Makes a finding small: a case that shows something goes in, a much smaller one that still shows it comes out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from differential.handlebars_js import Case

Shows = Callable[[Case], bool]


def smallest(case: Case, shows: Shows) -> Case:
    """Tries every smaller case in turn until none of them shows the finding any more."""
    found: Case | None = case
    while found is not None:
        case = found
        found = next((smaller for smaller in smaller_cases(case) if shows(smaller)), None)
    return case


def smaller_cases(case: Case) -> Iterator[Case]:
    for name in case.partials:
        yield replace(case, partials={other: text for other, text in case.partials.items() if other != name})
    for text in smaller_texts(case.template):
        yield replace(case, template=text)
    for name, partial in case.partials.items():
        for text in smaller_texts(partial):
            yield replace(case, partials={**case.partials, name: text})
    for data in smaller_values(case.data):
        yield replace(case, data=data)


def smaller_texts(text: str) -> Iterator[str]:
    size = len(text) // 2
    while size:
        for at in range(0, len(text) - size + 1, max(1, size // 2)):
            yield text[:at] + text[at + size :]
        size = min(size // 2, size - 1) if size > 4 else size - 1


def smaller_values(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for key, item in value.items():
                yield {other: kept for other, kept in value.items() if other != key}
                yield from ({**value, key: smaller} for smaller in smaller_values(item))
        case list():
            for at, item in enumerate(value):
                yield value[:at] + value[at + 1 :]
                yield from ([*value[:at], smaller, *value[at + 1 :]] for smaller in smaller_values(item))
        case str() if len(value) > 1:
            yield value[0]
        case _:
            return
