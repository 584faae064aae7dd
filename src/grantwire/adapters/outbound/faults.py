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
    return NoResponse(fault, detail, trip.timings(), may_have_arrived=trip.is_written)


def cannot_be_written(error: ValueError) -> NotSent:
    return NotSent("The request cannot be written as HTTP.", _short(error))


def _name(error: Exception, trip: Trip, *, origin: Origin, timeouts: Timeouts) -> tuple[Fault, str]:
    match error:
        case NoAnswerInTime():
            return error.stage, _late(error.stage, trip, timeouts)
        case AddressRefused():
            return Fault.ADDRESS, _short(error)
        case ClosedWithoutAnswer():
            return Fault.RESET, f"{origin} closed the connection without an answer"
        case BrokenAnswer():
            return Fault.PROTOCOL, f"what {origin} answered is not HTTP: {_short(error)}"
        case OSError() if trip.connected is None:
            return _name_connect(error, trip, origin)
        case OSError():
            return Fault.RESET, f"the connection to {origin} broke: {_system_words(error)}"
        case _:
            return Fault.PROTOCOL, f"the exchange with {origin} failed: {_short(error)}"


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
