"""Shows a record as the Table API does, in the three ways of `sysparm_display_value`.

In: a record, the View a client asked for. Out: a dictionary of texts and `{link, value}` objects.
Must never: change a record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grantwire.sandbox.properties import Properties
from grantwire.sandbox.records.journal import Journal
from grantwire.sandbox.records.local_time import to_local
from grantwire.sandbox.records.storage import Record, Storage, Values
from grantwire.sandbox.schema.dictionary import Column, Dictionary, Kind, Table

Shown = str | dict[str, str]


class Mode(StrEnum):
    VALUES = "false"
    DISPLAY = "true"
    BOTH = "all"


@dataclass(frozen=True, slots=True)
class View:
    """`fields` empty means all; `link_base` is where links point, e.g. `http://127.0.0.1:8081/api/now/v2/table`."""

    mode: Mode
    fields: tuple[str, ...]
    has_links: bool
    link_base: str


@dataclass(frozen=True, slots=True)
class Face:
    """One column of one record: what is stored, what a person sees, where it points ('' for nowhere)."""

    value: str
    display: str
    link: str
    is_journal: bool = False


class Display:
    def __init__(self, dictionary: Dictionary, storage: Storage, journal: Journal, properties: Properties) -> None:
        self._dictionary = dictionary
        self._storage = storage
        self._journal = journal
        self._properties = properties

    def shown(self, table: Table, record: Record, view: View) -> dict[str, Shown]:
        if view.mode is Mode.VALUES and not view.fields:
            return self._plain(table, record, view)
        names = view.fields or tuple(table.columns)
        faces = ((name, self.face(table, record, name)) for name in names)
        return {name: _in_mode(face, view) for name, face in faces if face is not None}

    def _plain(self, table: Table, record: Record, view: View) -> dict[str, Shown]:
        """The usual answer, without looking anything up: a POST costs little."""
        values, base = record.values, view.link_base
        result: dict[str, Shown] = {}
        for name, column in table.columns.items():
            value = values.get(name, "")
            if column.kind is Kind.REFERENCE and value and view.has_links:
                result[name] = {"link": f"{base}/{column.target}/{value}", "value": value}
            else:
                result[name] = "" if column.kind is Kind.SECRET else value
        result["sys_id"] = record.sys_id
        return result

    def face(self, table: Table, record: Record, path: str) -> Face | None:
        """None when the table has no such column, which drops the field from the answer."""
        name, _, below = path.partition(".")
        column = table.columns.get(name)
        if column is None:
            return None
        value = record.sys_id if name == "sys_id" else record.values.get(name, "")
        if not below:
            return self._face(column, value, record)
        target = self._dictionary.table(column.target) if column.kind is Kind.REFERENCE else None
        if target is None:
            return None
        pointed = self._storage.get(self._dictionary.family(target), value) if value else None
        return self.face(target, pointed or Record(target.name, "", {}), below)

    def _face(self, column: Column, value: str, record: Record) -> Face:
        match column.kind:
            case Kind.REFERENCE if value:
                return Face(value, self.display_of(column, value), f"{column.target}/{value}")
            case Kind.CHOICE:
                return Face(value, dict(column.choices).get(value, value), "")
            case Kind.DATETIME:
                return Face(value, self._moment(column, value), "")
            case Kind.JOURNAL | Kind.JOURNAL_LIST:
                return Face("", self._history(column, record), "", is_journal=True)
            case Kind.SECRET:
                return Face("", "", "")
            case _:
                return Face(value, value, "")

    def display_of(self, column: Column, value: str) -> str:
        """What a reference shows: the name or number of its record; nothing when it points nowhere."""
        if value == "global":
            return value
        target = self._dictionary.table(column.target)
        record = self._storage.get(self._dictionary.family(target), value) if target else None
        return record.values.get(target.display, "") if target and record else ""

    def _moment(self, column: Column, value: str) -> str:
        if not value:
            return "UNKNOWN" if column.name == "activity_due" else ""  # recorded
        return to_local(value, self._properties.time_zone)

    def _history(self, column: Column, record: Record) -> str:
        entries = self._journal.entries(record.sys_id) if record.sys_id else []
        wanted = [each for each in entries if column.kind is Kind.JOURNAL_LIST or each["element"] == column.name]
        return "".join(self._entry(each) for each in wanted)

    def _entry(self, entry: Values) -> str:
        label = {"work_notes": "Work notes", "comments": "Additional comments"}.get(entry["element"], "")
        at = to_local(entry["sys_created_on"], self._properties.time_zone)
        return f"{at} - {self._name_of(entry['sys_created_by'])} ({label})\n{entry['value']}\n\n"

    def _name_of(self, user_name: str) -> str:
        people = self._people(user_name)
        return people[0].values.get("name", user_name) if people else user_name

    def _people(self, user_name: str) -> Sequence[Record]:
        return self._storage.find_by("sys_user", "user_name", user_name)


def _in_mode(face: Face, view: View) -> Shown:
    link = {"link": f"{view.link_base}/{face.link}"} if face.link and view.has_links else {}
    match view.mode:
        case Mode.BOTH:
            return {"display_value": face.display, "value": face.value, **link}
        case Mode.DISPLAY:
            return {"display_value": face.display, **link} if link else face.display
        case _:
            return {**link, "value": face.value} if link else face.value
