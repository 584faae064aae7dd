"""The Attachment API: files that belong to records.

In: a Call below `/api/now/attachment`. Out: an Answer with the file's record, or the file. Must never: touch a disk.
"""

import hashlib
import zlib
from email.parser import BytesParser
from email.policy import HTTP

from grantwire.sandbox.apis.table import Resource, TableApi
from grantwire.sandbox.exchange import Answer, Call, Caller, Failure, answered
from grantwire.sandbox.records.display import Display
from grantwire.sandbox.records.records import Records, Writer
from grantwire.sandbox.records.storage import Record, Storage
from grantwire.sandbox.schema.dictionary import Table

TABLE = "sys_attachment"


class AttachmentApi:
    def __init__(self, storage: Storage, records: Records, display: Display, tables: TableApi) -> None:
        self._storage = storage
        self._records = records
        self._display = display
        self._tables = tables

    def answer(self, call: Call, caller: Caller, rest: list[str]) -> Answer:
        match call.method, rest:
            case "GET" | "HEAD", []:
                return self._tables.answer(call, caller, Resource(TABLE, None, "v2"))
            case "POST", ["file"]:
                kind = call.headers.get("Content-Type", "application/octet-stream")
                return self._keep(call, caller, dict(call.query), (call.body, kind))
            case "POST", ["upload"]:
                names, content = parts_of(call)
                return self._keep(call, caller, {**call.query, **names}, content)
            case "GET" | "HEAD", [sys_id]:
                return self._shown(call, self._found(sys_id), 200)
            case "GET" | "HEAD", [sys_id, "file"]:
                return self._file(self._found(sys_id))
            case "DELETE", [sys_id]:
                self._records.delete(self._found(sys_id))
                self._storage.drop_content(sys_id)
                return Answer(204)
            case _:
                raise Failure(405, "Method not supported", f"{call.method} is not supported here")

    def _keep(self, call: Call, caller: Caller, names: dict[str, str], content: tuple[bytes, str]) -> Answer:
        missing = [name for name in ("table_name", "table_sys_id", "file_name") if not names.get(name)]
        if missing:
            raise Failure(400, "Missing parameter", f"Missing required parameter: {', '.join(missing)}")
        self._tables.record(self._tables.table(names["table_name"]), names["table_sys_id"])
        data, kind = content
        values = {
            "table_name": names["table_name"],
            "table_sys_id": names["table_sys_id"],
            "file_name": names["file_name"],
            "content_type": kind,
            "size_bytes": str(len(data)),
            "size_compressed": str(len(zlib.compress(data, 1))),
            "hash": hashlib.sha256(data).hexdigest(),
        }
        record = self._records.create(self._tables.table(TABLE), values, Writer(caller))
        self._storage.keep_content(record.sys_id, data)
        return self._shown(call, record, 201)

    def _shown(self, call: Call, record: Record, status: int) -> Answer:
        link = f"{call.base_url}/api/now/attachment/{record.sys_id}/file"
        shown = self._display.shown(self._table(), record, self._tables.view(call, "v2"))
        headers = (("Location", link),) if status == 201 else ()
        return answered({"result": {**shown, "download_link": link}}, status=status, headers=headers)

    def _file(self, record: Record) -> Answer:
        content = self._storage.content(record.sys_id)
        if content is None:
            raise Failure(404, "No Record found", "The file of this attachment is gone")
        name = record.values.get("file_name", "file").replace('"', "").replace("\r", "").replace("\n", "")
        disposition = f'attachment; filename="{name}"'.encode("ascii", "replace").decode()
        kind = record.values.get("content_type", "application/octet-stream")
        return Answer(200, content, kind, (("Content-Disposition", disposition),))

    def _found(self, sys_id: str) -> Record:
        return self._tables.record(self._table(), sys_id)

    def _table(self) -> Table:
        return self._tables.table(TABLE)


def parts_of(call: Call) -> tuple[dict[str, str], tuple[bytes, str]]:
    """A multipart upload: the plain fields, and the part named `uploadFile`."""
    kind = call.headers.get("Content-Type", "")
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    names: dict[str, str] = {}
    content = (b"", "application/octet-stream")
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", "content-disposition"))
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        file_name = part.get_filename()
        if file_name or name == "uploadFile":
            content = (data, part.get_content_type())
            names.setdefault("file_name", file_name or "file")
        else:
            names[name] = data.decode(errors="replace")
    return names, content
