"""The reference pages of events, filters and webhooks say what the code does."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from grantwire.domain.allowance import Allowance
from grantwire.domain.decode_event import read_event
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.definition_auth import AuthType
from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES, event_types
from grantwire.domain.filter import FAMILIES, Dimension
from grantwire.domain.shape import Listing, Shape, Thing
from grantwire.domain.webhook import WebhookId
from grantwire.presets.catalog import by_name

PAGES = Path(__file__).parents[2] / "docs" / "reference"
EVENTS, FILTERS, WEBHOOKS = ((PAGES / f"{name}.md").read_text() for name in ("events", "filters", "webhooks"))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def fields(shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(shape, Thing):
        for name, inner in shape.fields.items():
            yield f"{path}.{name}", inner.about
            yield from fields(inner, f"{path}.{name}")
    elif isinstance(shape, Listing):
        yield from fields(shape.item, f"{path}[]")


@pytest.mark.parametrize("family", list(Family))
def test_every_field_of_an_event_is_on_the_page_with_its_meaning(family: Family) -> None:
    section = EVENTS.split(f"## {family.capitalize()} events")[1].split("\n## ")[0]
    rows = {row.split("`")[1]: row for row in section.splitlines() if row.startswith("| `")}
    wanted = dict(fields(SHAPES[family].fields["data"], "data"))
    assert set(rows) == set(wanted)
    assert all(about in rows[path] for path, about in wanted.items())


def test_every_type_and_alias_is_on_the_page() -> None:
    for kind in event_types().values():
        assert f"| `{kind.name}` | {kind.family} |" in EVENTS
        assert kind.description in EVENTS
        assert all(f"`{alias}`" in EVENTS for alias in kind.aliases)


def test_the_example_of_an_event_is_one() -> None:
    for block in blocks(EVENTS, "json"):
        assert read_event(json.loads(block), body=b"", accepted_at=datetime.now(UTC), new_id=lambda: "e")


def test_every_dimension_is_on_the_page_under_the_kinds_it_is_for() -> None:
    everyone = FILTERS.split("For all of them:")[1]
    for dimension in Dimension:
        for family in FAMILIES[dimension]:
            own = FILTERS.split(f"kind `{family}`:")[1].split("\nFor ")[0]
            assert f"| `{dimension}` |" in (everyone if len(FAMILIES[dimension]) == len(Family) else own)


@pytest.mark.parametrize("block", blocks(FILTERS, "yaml"))
def test_the_examples_of_filters_are_valid(block: str) -> None:
    raw = {"name": "a", "url": "https://example.com", "triggers": ["Manual"]} | yaml.safe_load(block)
    assert read_definition(raw, id=WebhookId("w"), allowance=Allowance()).filters.clauses or "expression" in block


def test_the_examples_of_webhooks_are_valid_and_every_field_is_explained() -> None:
    full, headers, *others = blocks(WEBHOOKS, "yaml")
    (raw,) = yaml.safe_load(full)["webhooks"]
    more = yaml.safe_load(headers)
    for other in others:
        more |= yaml.load(other, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts only
    webhook = read_definition(raw | more, id=WebhookId("w"), allowance=Allowance())
    assert len(webhook.target.headers) == 2
    for field in write_definition(webhook, show=str):
        assert f"| `{field}` |" in WEBHOOKS
    assert all(f"| `{kind}` |" in WEBHOOKS for kind in AuthType)
    assert all(f"| `{name}` |" in WEBHOOKS for name in by_name())
