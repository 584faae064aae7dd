"""Three small APIs of a usual instance: events in bulk, ordering from the catalog, who is on call.

In: a Call whose caller is known. Out: an Answer. Must never: grow a fourth; that one gets its own file.
"""

from typing import Any

from grantwire.sandbox.apis.request_body import json_in, record_in, refuse_oversized
from grantwire.sandbox.apis.table import TableApi
from grantwire.sandbox.exchange import Answer, Call, Caller, Failure, answered
from grantwire.sandbox.properties import Properties
from grantwire.sandbox.records.records import Records, Writer
from grantwire.sandbox.records.storage import Condition, Record, Storage
from grantwire.sandbox.records.values import as_text


class OtherApis:
    def __init__(self, storage: Storage, records: Records, tables: TableApi, properties: Properties) -> None:
        self._storage = storage
        self._records = records
        self._tables = tables
        self._properties = properties

    def take_events(self, call: Call, caller: Caller) -> Answer:
        """`/api/global/em/jsonv2`: Event Management's endpoint for many events."""
        refuse_oversized(call, self._properties.max_body_bytes)
        body = json_in(call)
        rows = body.get("records") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Failure(400, "Exception while reading request", "The payload has no array named records")
        table = self._tables.table("em_event")
        for row in rows:
            self._records.create(table, row, Writer(caller))
        return answered({"result": {"Default Bulk Endpoint": f"{len(rows)} events were inserted"}})

    def order_now(self, call: Call, caller: Caller, item: str) -> Answer:
        """Orders a catalog item: one request with one requested item."""
        found = self._tables.record(self._tables.table("sc_cat_item"), item)
        given = record_in(call, self._properties.max_body_bytes)
        requested_for = as_text(given.get("sysparm_requested_for")) or caller.sys_id
        writer = Writer(caller)
        request = self._records.create(self._tables.table("sc_request"), {"requested_for": requested_for}, writer)
        wanted: dict[str, Any] = {
            "request": request.sys_id,
            "cat_item": found.sys_id,
            "requested_for": requested_for,
            "quantity": as_text(given.get("sysparm_quantity", "1")),
            "short_description": found.values.get("name", ""),
            "description": as_text(given.get("variables", "")),
        }
        self._records.create(self._tables.table("sc_req_item"), wanted, writer)
        return answered({"result": ordered(request)})

    def who_is_on_call(self, call: Call) -> Answer:
        """The first member of each rota asked for."""
        rotas = [each for each in call.query.get("rota_ids", "").split(",") if each]
        where = "json_extract(r.body, '$.rota') = ?"
        members = [
            each
            for rota in rotas
            for each in self._storage.find(("cmn_rota_member",), Condition(where, (rota,)), limit=1)
        ]
        return answered({"result": [on_call(each) for each in members]})


def ordered(request: Record) -> dict[str, str]:
    number = request.values["number"]
    return {
        "sys_id": request.sys_id,
        "number": number,
        "request_number": number,
        "request_id": request.sys_id,
        "table": "sc_request",
    }


def on_call(member: Record) -> dict[str, Any]:
    values = member.values
    return {
        "memberId": member.sys_id,
        "userId": values.get("member", ""),
        "rotaId": values.get("rota", ""),
        "order": int(values.get("order") or "1"),
        "isOverride": False,
    }
