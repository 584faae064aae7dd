"""Answer: what came back as a `Response`, its body decoded within bounds.

In: an `Answer` of a connection. Out: a `Response` with at most the cap of decoded bytes.
Never: more memory than the cap, whatever the target sends (compression bombs), and never an exception.
"""

import zlib

from grantwire.adapters.outbound.connection import TOO_LONG, Answer
from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.exchange import Response

NOT_DECODED = "the answer says it is {encoding} but cannot be decoded; it is kept as it came"

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


def read_answer(answer: Answer, trip: Trip, *, cap_bytes: int) -> Response:
    body, cut_why = answer.body, answer.cut_why
    if len(body) > cap_bytes:
        body = body[:cap_bytes]
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers])
    if body and answer.encoding:
        encoding = answer.encoding.decode("latin-1").strip().lower()
        body, cut_why = _decode(body, encoding, cap_bytes=cap_bytes, cut_why=cut_why)
    return Response(
        answer.status, answer.reason.decode("latin-1"), headers, body, bool(cut_why), trip.timings(), cut_why
    )


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
