"""ServiceNow's XML: `<request><entry>…` coming in, `<response><result>…` going out.

In: bytes of XML, or a JSON answer. Out: fields, or XML bytes. Must never: read a document type: entities can
swallow a machine.
"""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from grantwire.sandbox.exchange import Failure


def entry_in(body: bytes) -> Mapping[str, str]:
    if b"<!" in body:
        raise Failure(400, "Exception while reading request", "A document type or a comment is not accepted")
    try:
        root = ET.fromstring(body)  # noqa: S314 - without a document type there is nothing to expand
    except ET.ParseError as error:
        raise Failure(400, "Exception while reading request", f"The payload is not valid XML: {error}") from error
    entry = root.find("entry")
    return {child.tag: child.text or "" for child in (root if entry is None else entry)}


def as_xml(json_body: bytes) -> bytes:
    root = ET.Element("response")
    _fill(root, msgspec.json.decode(json_body))
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _fill(parent: ET.Element, value: Any) -> None:
    """A list repeats its own name: `result: [a, b]` becomes two `<result>`."""
    if isinstance(value, dict):
        for name, each in value.items():
            for one in each if isinstance(each, list) else [each]:
                _fill(ET.SubElement(parent, name), one)
    elif value is not None:
        parent.text = _printable(str(value))


def _printable(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return "".join(letter for letter in text if letter >= " " or letter in "\n\r\t")
