"""The sandbox on the wire: reads a request, lets faults and limits have their say, sends the answer.

In: aiohttp requests. Out: bytes on a connection, or its abrupt end. Must never: decide what ServiceNow would say.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from aiohttp import HttpVersion11, web

from grantwire.sandbox.apis.request_body import too_large
from grantwire.sandbox.control_api import Control, is_from_another_site, problem
from grantwire.sandbox.exchange import Answer, Call
from grantwire.sandbox.faults.answers import Scene
from grantwire.sandbox.faults.definition import Fault
from grantwire.sandbox.faults.modes import Ending
from grantwire.sandbox.faults.switched import Faults, Plan
from grantwire.sandbox.instance import Instance, Reply
from grantwire.sandbox.pages.site import Pages
from grantwire.sandbox.wire.endings import dripping, plain_response, reset, truncated
from grantwire.sandbox.wire.headers import ServiceNowHeaders, Visit
from grantwire.sandbox.wire.limits import Limits
from grantwire.sandbox.wire.request_log import Entry, RequestLog

SMALLEST_GZIP_BYTES = 200


class HttpShell:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.log = RequestLog(instance.options.remembered_requests)
        self.faults = Faults(instance.chance)
        self.limits = Limits(instance.properties, instance.clock)
        self._headers = ServiceNowHeaders(instance.new_id)
        self._control = Control(instance, self.faults, self.log, self.limits)
        self._pages = Pages(instance, self.faults, self.log)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call, refusal = await self._read(request)
        if call.path in {"/", "/sandbox", "/nav_to.do"} or call.path.startswith("/sandbox/"):
            return plain_response(self._own(call) if refusal is None else refusal)
        return await self._serve(request, call, refusal)

    def _own(self, call: Call) -> Answer:
        """The control API and the pages: not ServiceNow's, so neither logged nor subject to faults."""
        if call.method not in {"GET", "HEAD"} and is_from_another_site(call):
            return problem(403, "this request comes from another site's page")
        return self._pages.answer(call) or self._control.answer(call)

    async def _serve(self, request: web.BaseRequest, call: Call, refusal: Answer | None) -> web.StreamResponse:
        plan = self.faults.plan(call)
        entry = self.log.begin(call, self.instance.clock.now())
        entry.faults = plan.names
        try:
            reply = await self._reply(call, plan, refusal)
            entry.status = reply.answer.status
            return await self._send(request, reply, plan, entry)
        finally:
            self.log.end(entry, self.instance.clock.now())

    async def _reply(self, call: Call, plan: Plan, refusal: Answer | None) -> Reply:
        async with self.limits.turn(call) as no_turn:
            if no_turn is not None:
                return Reply(no_turn, is_known=True)
            if plan.before_seconds:
                await asyncio.sleep(plan.before_seconds)
            reply = self._worked(call, plan.answering, refusal)
            if plan.after_seconds:
                await asyncio.sleep(plan.after_seconds)
            return reply

    def _worked(self, call: Call, fault: Fault | None, refusal: Answer | None) -> Reply:
        """What a fault says replaces the real answer only if the work it hides was really done."""
        if fault is not None and not fault.mode.is_work_done:
            return self._without_work(call, fault)
        if refusal is not None:
            return Reply(refusal, is_known=True)
        rule_headers, refused = self.limits.rate_rule(call)
        reply = Reply(refused, is_known=True) if refused else self.instance.reply(call)
        answer = replace(reply.answer, headers=(*reply.answer.headers, *rule_headers))
        if fault is not None and fault.mode.answer is not None and answer.status < 300:
            answer = fault.mode.answer(self._scene(call, fault, answer))
        return replace(reply, answer=answer)

    def _without_work(self, call: Call, fault: Fault) -> Reply:
        if fault.mode.name == "token_expired":
            self.instance.tokens.revoke(call.headers.get("Authorization", "").partition(" ")[2].strip())
        make = fault.mode.answer
        answer = make(self._scene(call, fault, None)) if make else Answer(500)
        return Reply(answer, is_known=answer.status != 401)

    def _scene(self, call: Call, fault: Fault, done: Answer | None) -> Scene:
        return Scene(call, fault.retry_after_seconds, self.instance.clock.now(), done)

    async def _send(self, request: web.BaseRequest, reply: Reply, plan: Plan, entry: Entry) -> web.StreamResponse:
        fault = plan.answering
        response = self._response(request, entry.call, reply)
        match fault.mode.ending if fault else Ending.WHOLE:
            case Ending.RESET:
                entry.status, entry.outcome = 0, "connection reset"
                return reset(request)
            case Ending.TRUNCATED:
                entry.outcome = "cut short"
                return await truncated(request, response)
            case Ending.DRIPPING:
                entry.outcome = "answered drop by drop"
                return await dripping(request, response, fault.delay_seconds if fault else 0.0)
            case _:
                entry.outcome = "answered" if request.transport else "the client had gone"
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
            if request.version >= HttpVersion11:  # HTTP/1.0 knows no chunks
                response.enable_chunked_encoding()
        if response.headers.get("Connection") == "close":
            response.force_close()
        return response

    def _packed(self, response: web.Response, headers: Mapping[str, str], body: bytes) -> bytes:
        """gzip where the client takes it, and chunked without a length, as a real instance sends."""
        if "gzip" in headers.get("Accept-Encoding", "") and len(body) > SMALLEST_GZIP_BYTES:
            response.headers["Content-Encoding"] = "gzip"
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = packer.compress(body) + packer.flush()
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
