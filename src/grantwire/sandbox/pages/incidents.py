"""The incidents as people read them: a list in pages, and one with every field that is not empty.

In: the instance. Out: Markup. Must never: change anything, or show text unescaped.
"""

from collections.abc import Mapping

from grantwire.sandbox.instance import Instance
from grantwire.sandbox.pages.filling import Markup, markup
from grantwire.sandbox.pages.pretty import pretty
from grantwire.sandbox.records.display import Mode, View
from grantwire.sandbox.records.storage import Condition, Record
from grantwire.sandbox.schema.dictionary import Kind, Table

PAGE_ROWS = 25
FAMILY = ("incident",)
LONG_TEXTS = ("description", "close_notes", "cause", "work_notes", "comments")
SHOWN_ELSEWHERE = frozenset({*LONG_TEXTS, "comments_and_work_notes"})


class IncidentPages:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def listed(self, query: Mapping[str, str]) -> Markup:
        storage = self._instance.storage
        total = storage.count(FAMILY, Condition("1"))
        asked = query.get("page", "1")
        last = max((total - 1) // PAGE_ROWS + 1, 1)
        page = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
        found = storage.newest(FAMILY, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS)
        if not found:
            return markup("no_incidents", url="/api/now/table/incident")
        first = (page - 1) * PAGE_ROWS + 1
        return markup(
            "incidents",
            rows=Markup("".join(self._row(each) for each in found)),
            counted=f"{first}-{first + len(found) - 1} of {total}",
            newer=link_to_page(page - 1, "Newer") if page > 1 else "",
            older=link_to_page(page + 1, "Older") if page < last else "",
        )

    def one(self, sys_id: str) -> tuple[str, Markup] | None:
        """Title and content."""
        record = self._instance.storage.get(FAMILY, sys_id)
        if record is None:
            return None
        shown = self._shown(record)
        texts = Markup("".join(text_block(name, shown[name]) for name in LONG_TEXTS if shown.get(name)))
        names = [name for name, value in shown.items() if value and name not in SHOWN_ELSEWHERE]
        content = markup(
            "incident",
            number=shown.get("number", ""),
            short_description=shown.get("short_description", "") or "(no short description)",
            state=shown.get("state", ""),
            texts=texts,
            fields=Markup("".join(field(record, name, shown[name], self._broken(record, name)) for name in names)),
        )
        return shown.get("number", ""), content

    def _row(self, record: Record) -> Markup:
        shown = self._shown(record)
        return markup(
            "incident_row",
            sys_id=record.sys_id,
            number=shown.get("number", ""),
            short_description=shown.get("short_description", "") or "(empty)",
            caused_by=shown.get("caused_by", ""),
            cause=shown.get("cause", ""),
            state=shown.get("state", ""),
            opened_at=record.values.get("opened_at", ""),
        )

    def _shown(self, record: Record) -> dict[str, str]:
        """Display values; a broken reference shows the text it holds, and times stay in UTC."""
        view = View(Mode.DISPLAY, (), has_links=False, link_base="")
        shown = {name: str(value) for name, value in self._instance.display.shown(self._table(), record, view).items()}
        stored = record.values
        as_stored = {
            name: stored[name]
            for name, value in shown.items()
            if name in stored and (not value or name.endswith(("_at", "_on")))
        }
        return {**shown, **as_stored}

    def _broken(self, record: Record, name: str) -> str:
        """Says of a reference that it points nowhere: a name was put where a record belongs."""
        column = self._table().columns[name]
        value = record.values.get(name, "")
        if column.kind is not Kind.REFERENCE or not value or self._instance.display.display_of(column, value):
            return ""
        return f"no such record in {column.target}"

    def _table(self) -> Table:
        return self._instance.tables.table("incident")


def field(record: Record, name: str, shown: str, note: str) -> Markup:
    value = record.values.get(name, "")
    return markup("field", name=name, value=shown, stored=note or (value if value != shown else ""))


def text_block(name: str, text: str) -> Markup:
    return markup("text_block", name=name, text=pretty(text.strip()))


def link_to_page(page: int, text: str) -> Markup:
    return markup("page_link", page=str(page), text=text)
