"""Answer: the bytes of a response, within bounds.

In: an aiohttp response whose head has come. Out: a `Response` with at most the cap of decoded bytes.
Never: more memory than the cap, whatever the target sends (endless bodies, compression bombs), and never an exception
for a body that breaks off.
"""

import zlib

from aiohttp import ClientError, ClientResponse

from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.exchange import Response

TOO_LONG = "the answer is longer than the {cap} bytes kept"
BROKEN_OFF = "the answer broke off"
TOO_SLOW = "the answer did not end within the total timeout"
NOT_DECODED = "the answer says it is {encoding} but cannot be decoded; it is kept as it came"

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


async def read_answer(answer: ClientResponse, trip: Trip, *, cap_bytes: int) -> Response:
    raw, cut_why = await _read(answer, cap_bytes)
    encoding = answer.headers.get("Content-Encoding")
    if encoding and raw:
        raw, cut_why = _decode(raw, encoding.strip().lower(), cap_bytes=cap_bytes, cut_why=cut_why)
    if cut_why:
        answer.close()  # what is left unread would be taken for the next answer
    return Response(
        status=answer.status,
        reason=_reason(answer.reason),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers),
        body=raw,
        is_cut=bool(cut_why),
        timings=trip.timings(),
        cut_why=cut_why,
    )


async def _read(answer: ClientResponse, cap_bytes: int) -> tuple[bytes, str]:
    content = answer.content
    body = b""
    try:
        # A short answer is here as soon as its head is: then there is nothing to wait for.
        body = content.read_nowait() if content.is_eof() else await content.readany()
        while not content.at_eof() and len(body) <= cap_bytes:
            body += await content.readany()
    except TimeoutError:
        return body[:cap_bytes], TOO_SLOW
    except (ClientError, OSError):
        return body[:cap_bytes], BROKEN_OFF
    if len(body) > cap_bytes:
        return body[:cap_bytes], TOO_LONG.format(cap=cap_bytes)
    return body, ""


def _decode(raw: bytes, encoding: str, *, cap_bytes: int, cut_why: str) -> tuple[bytes, str]:
    """At most `cap_bytes` come out, however many the compressed bytes would make."""
    bits = _WINDOW_BITS.get(encoding)
    if bits is None:
        return raw, cut_why if encoding == "identity" else NOT_DECODED.format(encoding=encoding)
    try:
        body = _inflate(raw, bits, cap_bytes + 1)
    except zlib.error:
        return raw, cut_why or NOT_DECODED.format(encoding=encoding)
    if len(body) > cap_bytes:
        return body[:cap_bytes], TOO_LONG.format(cap=cap_bytes)
    return body, cut_why


def _inflate(raw: bytes, bits: int, cap_bytes: int) -> bytes:
    if (
        bits == 47 and (raw[0] & 0x0F) != 8
    ):  # "deflate" without its zlib header, as some servers send it (RFC 9110 8.4.1.2)
        bits = -15
    return zlib.decompressobj(bits).decompress(raw, cap_bytes)


def _reason(text: str | None) -> str:
    if not text or text.isascii():
        return text or ""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
