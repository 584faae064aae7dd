"""What a fresh instance holds: the administrator, a few people and groups, the choice lists, one on-call rota.

In: an empty storage. Out: records in it. Must never: run twice without clearing.
"""

from collections.abc import Callable

from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.records.storage import Record, Storage, Values
from grantwire.sandbox.schema.plain_columns import ADMIN_SYS_ID, ALL_TABLES, GROUPS, PEOPLE

ROTA = "0d5d1c4ec0a8016400b98a06818d57c7"
CATALOG_ITEM = "04b7e94b4f7b42000086eeed18110c7f"


def fill(storage: Storage, options: SandboxOptions, at: str, new_id: Callable[[], str]) -> None:
    stamps = {"sys_created_on": at, "sys_updated_on": at, "sys_created_by": "system", "sys_updated_by": "system"}

    def add(table: str, sys_id: str, values: Values) -> None:
        storage.insert(Record(table, sys_id, {**values, **stamps, "sys_mod_count": "0"}))

    add(
        "sys_user",
        ADMIN_SYS_ID,
        {**_user(options.user, "System", "Administrator", "admin@example.com"), "user_password": options.password},
    )
    for sys_id, user_name, first, last, email in PEOPLE:
        add("sys_user", sys_id, _user(user_name, first, last, email))
    for sys_id, name in GROUPS:
        add("sys_user_group", sys_id, {"name": name, "active": "true"})
    add("cmn_rota", ROTA, {"name": "Network on call"})
    add("cmn_rota_member", new_id(), {"rota": ROTA, "member": PEOPLE[1][0], "order": "1"})
    add("sc_cat_item", CATALOG_ITEM, {"name": "Request access"})
    for table, element, sequence, value, label in _choices():
        values = {"name": table, "element": element, "value": value, "label": label}
        add("sys_choice", new_id(), {**values, "language": "en", "sequence": str(sequence), "inactive": "false"})


def _user(user_name: str, first: str, last: str, email: str) -> Values:
    return {
        "user_name": user_name,
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "email": email,
        "active": "true",
        "locked_out": "false",
        "failed_attempts": "0",
    }


def _choices() -> list[tuple[str, str, int, str, str]]:
    return [
        (table.name, column.name, position, value, label)
        for table in ALL_TABLES
        for column in table.columns.values()
        for position, (value, label) in enumerate(column.choices)
        if table.name in {"incident", "change_request", "problem", "task", "em_event"}
    ]
