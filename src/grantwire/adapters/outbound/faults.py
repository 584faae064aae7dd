"""Faults: what went wrong on the network, in words a person can act on.

In: what the stages of a send raise, and how far the trip came. Out: a `NoResponse` or a `NotSent`.
Never: a URL's query, a header or a body in the text (they may hold secrets).
"""

import os
import socket
from ssl import SSLCertVerificationError, SSLError

from grantwire.adapters.outbound.address import AddressRefused
from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.exchange import Fault, NoResponse, NotSent
from grantwire.domain.target import Origin
from grantwire.domain.webhook import Timeouts

_DETAIL_CHARACTERS = 300
# Alerts that a server can only send about the certificate of its client (RFC 8446 6.2), as OpenSSL names them.
_OF_OUR_CERTIFICATE = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "demands a client certificate, and the webhook shows none",
    "SSLV3_ALERT_BAD_CERTIFICATE": "does not accept the client certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "does not accept this kind of client certificate",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "says that the client certificate was revoked",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "says that the client certificate has ended",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "does not accept the client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "does not know the authority that issued the client certificate",
    "TLSV1_ALERT_ACCESS_DENIED": "denies access to the holder of this client certificate",
}


class NoAnswerInTime(Exception):
    """`stage` is what did not happen in its time."""

    def __init__(self, stage: Fault) -> None:
        super().__init__(stage.value)
        self.stage = stage


class ClosedWithoutAnswer(Exception):
    """The target closed the connection before the head of an answer was whole."""


class BrokenAnswer(Exception):
    """What the target answered is not HTTP; the text says why."""


NETWORK_ERRORS = (OSError, NoAnswerInTime, ClosedWithoutAnswer, BrokenAnswer)


def no_response(error: Exception, trip: Trip, *, origin: Origin, timeouts: Timeouts) -> NoResponse:
    fault, detail = _name(error, trip, origin=origin, timeouts=timeouts)
    # In TLS 1.3 the refusal of a certificate comes when the request is on its way already; nobody reads that then.
    may_have_arrived = trip.is_written and fault is not Fault.CLIENT_CERTIFICATE
    return NoResponse(fault, detail, trip.timings(), may_have_arrived)


def cannot_be_written(error: ValueError) -> NotSent:
    return NotSent("The request cannot be written as HTTP.", _short(error))


def _name(error: Exception, trip: Trip, *, origin: Origin, timeouts: Timeouts) -> tuple[Fault, str]:
    match error:
        case NoAnswerInTime():
            return error.stage, _late(error.stage, trip, timeouts)
        case AddressRefused():
            return Fault.ADDRESS, _short(error)
        case SSLError() if error.reason in _OF_OUR_CERTIFICATE:
            return Fault.CLIENT_CERTIFICATE, f"{origin} {_OF_OUR_CERTIFICATE[error.reason]}"
        case ClosedWithoutAnswer():
            return Fault.RESET, f"{origin} closed the connection without an answer{_hint(trip)}"
        case BrokenAnswer():
            return Fault.PROTOCOL, f"what {origin} answered is not HTTP: {_short(error)}"
        case OSError() if trip.connected is None:
            return _name_connect(error, trip, origin)
        case OSError():
            return Fault.RESET, f"the connection to {origin} broke: {_system_words(error)}{_hint(trip)}"
        case _:
            return Fault.PROTOCOL, f"the exchange with {origin} failed: {_short(error)}"


def _hint(trip: Trip) -> str:
    """In TLS 1.3 a client learns only after the handshake that its certificate is not taken, from some servers without
    a word."""
    return "" if trip.tls_connected is None else " (right after the TLS handshake: it may want a client certificate)"


def _late(stage: Fault, trip: Trip, timeouts: Timeouts) -> str:
    if stage is Fault.TIMEOUT_CONNECT:
        return f"no connection within {timeouts.connect.total_seconds():g} s"
    if stage is Fault.TIMEOUT_FIRST_BYTE and timeouts.first_byte is not None:
        return f"connected, but no answer began within {timeouts.first_byte.total_seconds():g} s"
    reached = "no connection" if trip.connected is None else "connected, but no answer"
    return f"{reached} within {timeouts.total.total_seconds():g} s"


def _name_connect(error: OSError, trip: Trip, origin: Origin) -> tuple[Fault, str]:
    """How far it came tells what an error of the operating system is about."""
    match error:
        case socket.gaierror() | UnicodeError():
            return Fault.DNS, f"the name {origin.host} does not resolve: {_system_words(error)}"
        case SSLCertVerificationError():
            return Fault.TLS, f"the certificate of {origin} is not trusted: {error.verify_message or _short(error)}"
        case SSLError():
            return Fault.TLS, f"TLS with {origin} failed: {_short(error)}"
        case _ if trip.tcp_connected is not None:
            return Fault.TLS, f"TLS with {origin} failed: the connection closed during the handshake"
        case _:
            return Fault.CONNECT, f"cannot connect to {origin}: {_system_words(error)}"


def _system_words(error: OSError) -> str:
    """What the operating system calls it, without the call and the address that asyncio adds."""
    if error.errno is not None and error.errno > 0:  # name look-ups count downwards, with words of their own
        return os.strerror(error.errno)
    return error.strerror or _short(error)


def _short(error: BaseException) -> str:
    return _cut(str(error)) or type(error).__name__


def _cut(text: str) -> str:
    text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return text if len(text) <= _DETAIL_CHARACTERS else text[:_DETAIL_CHARACTERS] + "…"
