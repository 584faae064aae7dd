"""Faults: what an exception of the network means, in words a person can act on.

In: what aiohttp raised, and how far the trip came. Out: a `NoResponse` or a `NotSent`.
Never: a URL's query, a header or a body in the text (they may hold secrets).
"""

import os
from ssl import SSLCertVerificationError

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientOSError,
    ClientResponseError,
    ConnectionTimeoutError,
    InvalidURL,
    ServerDisconnectedError,
)

from grantwire.adapters.outbound.address import AddressRefused
from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.exchange import Fault, NoResponse, NotSent
from grantwire.domain.target import Origin
from grantwire.domain.webhook import Timeouts

_DETAIL_CHARACTERS = 300


def no_response(error: Exception, trip: Trip, *, origin: Origin, timeouts: Timeouts) -> NoResponse | NotSent:
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # certificate errors of Python are ValueErrors
        return NotSent("The request cannot be written as HTTP.", _unwritable(error))
    fault, detail = _name(error, trip, origin=origin, timeouts=timeouts)
    return NoResponse(fault, detail, trip.timings(), may_have_arrived=trip.is_written)


def _name(error: Exception, trip: Trip, *, origin: Origin, timeouts: Timeouts) -> tuple[Fault, str]:
    if isinstance(error, TimeoutError):
        return _name_timeout(error, trip, timeouts)
    if isinstance(error, ClientConnectorError):
        return _name_connect(error, origin)
    match error:
        case AddressRefused():
            return Fault.ADDRESS, _short(error)
        case _ if not trip.is_written:
            return Fault.SEND, f"{origin} closed the connection before the request was written"
        case ServerDisconnectedError():
            return Fault.RESET, f"{origin} closed the connection without an answer"
        case ClientResponseError():
            return Fault.PROTOCOL, f"what {origin} answered is not HTTP: {_cut(error.message)}"
        case ClientOSError() | ConnectionError():
            return Fault.RESET, f"the connection to {origin} broke: {_system_words(error)}"
        case _:
            return Fault.PROTOCOL, f"the exchange with {origin} failed: {_short(error)}"


def _name_timeout(error: Exception, trip: Trip, timeouts: Timeouts) -> tuple[Fault, str]:
    if isinstance(error, ConnectionTimeoutError):
        return Fault.TIMEOUT_CONNECT, f"no connection within {timeouts.connect.total_seconds():g} s"
    if trip.guard is not None and trip.guard[0].expired():
        return Fault.TIMEOUT_FIRST_BYTE, f"connected, but no answer began within {trip.guard[1]:g} s"
    stage = "no connection" if trip.connected is None else "connected, but no answer"
    return Fault.TIMEOUT_TOTAL, f"{stage} within {timeouts.total.total_seconds():g} s"


def _name_connect(error: ClientConnectorError, origin: Origin) -> tuple[Fault, str]:
    cause = error.os_error
    if isinstance(cause, AddressRefused):
        return Fault.ADDRESS, str(cause)
    match error:
        case ClientConnectorDNSError():
            return Fault.DNS, f"the name {origin.host} does not resolve: {_system_words(cause)}"
        case ClientConnectorCertificateError():
            return (
                Fault.TLS,
                f"the certificate of {origin} is not trusted: {_certificate_words(error.certificate_error)}",
            )
        case ClientConnectorSSLError():
            return Fault.TLS, f"TLS with {origin} failed: {_short(cause)}"
        case _:
            return Fault.CONNECT, f"cannot connect to {origin}: {_system_words(cause)}"


def _system_words(error: OSError) -> str:
    """What the operating system calls it, without the call and the address that asyncio adds."""
    if error.errno is not None and error.errno > 0:  # name look-ups count downwards, with words of their own
        return os.strerror(error.errno)
    return error.strerror or _short(error)


def _certificate_words(error: Exception) -> str:
    return error.verify_message if isinstance(error, SSLCertVerificationError) else _short(error)


def _short(error: BaseException) -> str:
    return _cut(str(error)) or type(error).__name__


def _unwritable(error: ValueError) -> str:
    return "the URL is not valid" if isinstance(error, InvalidURL) else _short(error)


def _cut(text: str) -> str:
    text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return text if len(text) <= _DETAIL_CHARACTERS else text[:_DETAIL_CHARACTERS] + "…"


NETWORK_ERRORS = (ClientError, OSError, TimeoutError, ValueError)
