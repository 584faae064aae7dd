"""The ways an answer leaves the machine: whole, reset, cut short, drop by drop.

In: a request and its response. Out: bytes on the connection. Must never: choose the way.
"""

import asyncio
import contextlib
import socket
import struct

from aiohttp import web

from grantwire.sandbox.exchange import Answer

DROPS = 20


def plain_response(answer: Answer) -> web.Response:
    """For the sandbox's own pages and control API: none of ServiceNow's headers."""
    response = web.Response(status=answer.status, body=answer.body)
    for name, value in answer.headers:
        response.headers.add(name, value)
    response.headers["Content-Type"] = answer.content_type
    return response


def reset(request: web.BaseRequest) -> web.Response:
    """A TCP reset, not a polite end: the client sees "connection reset by peer"."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):  # the client may be gone already
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def truncated(request: web.BaseRequest, response: web.Response) -> web.StreamResponse:
    """Promises the whole body, sends half and ends the connection."""
    body = whole_body(response)
    half = web.StreamResponse(status=response.status, headers=response.headers)
    half.content_length = len(body)
    half.force_close()
    with contextlib.suppress(OSError):
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


async def dripping(request: web.BaseRequest, response: web.Response, seconds: float) -> web.StreamResponse:
    body = whole_body(response)
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.enable_chunked_encoding()
    with contextlib.suppress(OSError):
        await slow.prepare(request)
        step = max(len(body) // DROPS, 1)
        for start in range(0, len(body), step):
            await asyncio.sleep(seconds / DROPS)
            await slow.write(body[start : start + step])
        await slow.write_eof()
    return slow


def whole_body(response: web.Response) -> bytes:
    return bytes(response.body) if isinstance(response.body, bytes | bytearray) else b""
