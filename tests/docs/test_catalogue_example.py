"""The example of the how-to is a catalogue, and its table names every field there is."""

import re
from pathlib import Path

import yaml

from grantwire.domain.catalogue_form import KINDS, read_catalogue
from grantwire.domain.catalogue_text import write_catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "catalogue.md").read_text()


def test_the_example_can_be_applied() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    catalogue = read_catalogue(yaml.safe_load(example))
    assert [flow.name for flow in catalogue.access_flows] == ["Orders"]


def test_every_field_of_every_kind_is_told() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    written = write_catalogue(read_catalogue(yaml.safe_load(example)))
    fields = {name for kind in KINDS for one in written[kind] for name in one}
    assert {name for name in fields if f"`{name}`" not in PAGE} == set()
