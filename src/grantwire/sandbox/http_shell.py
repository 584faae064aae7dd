"""The sandbox on the wire: reads a request, lets faults and limits have their say, sends the answer.

In: aiohttp requests. Out: bytes on a connection, or its abrupt end. Must never: decide what ServiceNow would say.
"""

import zlib
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from grantwire.sandbox.exchange import Answer, Call
from grantwire.sandbox.headers import ServiceNowHeaders, Visit
from grantwire.sandbox.instance import Instance, Reply
from grantwire.sandbox.request_body import too_large
from grantwire.sandbox.request_log import Entry, RequestLog

SMALLEST_GZIP_BYTES = 200


class HttpShell:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.log = RequestLog(instance.options.remembered_requests)
        self._headers = ServiceNowHeaders(instance.new_id)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call, refusal = await self._read(request)
        return await self._serve(request, call, refusal)

    async def _serve(self, request: web.BaseRequest, call: Call, refusal: Answer | None) -> web.StreamResponse:
        entry = self.log.begin(call, self.instance.clock.now())
        reply = Reply(refusal, is_known=True) if refusal else self.instance.reply(call)
        entry.outcome = "answered"
        return self._finished(request, entry, reply)

    def _finished(self, request: web.BaseRequest, entry: Entry, reply: Reply) -> web.StreamResponse:
        entry.status = reply.answer.status
        response = self._response(request, entry.call, reply)
        self.log.end(entry, self.instance.clock.now())
        return response

    def _response(self, request: web.BaseRequest, call: Call, reply: Reply) -> web.Response:
        answer = reply.answer
        visit = Visit(
            reply.is_known, "JSESSIONID=" in call.headers.get("Cookie", ""), request.secure, self.instance.clock.now()
        )
        response = web.Response(status=answer.status, headers=None)
        for name, value in (*self._headers.of(visit), *answer.headers):
            response.headers.add(name, value)
        if answer.body:
            response.headers["Content-Type"] = answer.content_type
            response.body = self._packed(response, call.headers, answer.body)
        if response.headers.get("Connection") == "close":
            response.force_close()
        return response

    def _packed(self, response: web.Response, headers: Mapping[str, str], body: bytes) -> bytes:
        """gzip where the client takes it, and chunked without a length, as a real instance sends."""
        if "gzip" in headers.get("Accept-Encoding", "") and len(body) > SMALLEST_GZIP_BYTES:
            response.headers["Content-Encoding"] = "gzip"
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
        response.enable_chunked_encoding()
        return body

    async def _read(self, request: web.BaseRequest) -> tuple[Call, Answer | None]:
        """The whole request; a body over the limit is not kept, and its refusal comes with the call."""
        most = self.instance.properties.max_body_bytes
        if request.path.startswith("/api/") and "/attachment/" in request.path:
            most = max(most, self.instance.options.max_attachment_bytes)
        announced = request.content_length or 0
        if announced > most:
            return self._call(request, b""), too_large(announced, most).answer()
        chunks, size = [], 0
        async for chunk in request.content.iter_chunked(65_536):
            size += len(chunk)
            if size > most:
                return self._call(request, b""), too_large(size, most).answer()
            chunks.append(chunk)
        return self._call(request, b"".join(chunks)), None

    def _call(self, request: web.BaseRequest, body: bytes) -> Call:
        text = request.rel_url.raw_query_string
        return Call(
            request.method,
            request.path.rstrip("/") or "/",
            dict(parse_qsl(text, keep_blank_values=True)),
            request.headers,
            body,
            f"{request.scheme}://{request.host}",
            text,
        )
