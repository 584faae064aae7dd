"""Chance: numbers, ids and unguessable text.

In: the time, for ids. Out: text and numbers from the operating system's generator. Never: a repeatable sequence.

An id is its prefix and 26 characters of Crockford's base 32 like a ULID: ten for the milliseconds since 1970, ten of
chance, six that count up. Text order is order of making within a process; sequential keys also keep the store's
indexes growing at one end, which is most of its speed.
"""

from binascii import b2a_base64
from datetime import datetime
from os import urandom
from random import Random  # noqa: TID251 - this is where the port Dice gets its chance from

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(high + low for high in _LETTERS for low in _LETTERS)  # ten bits each
_CHANCE_BITS = 50
_COUNT_BITS = 30
_TOKEN_BYTES = 18  # 144 bits; a multiple of three needs no padding
_TOKENS_AT_ONCE = 256  # one call of the system for so many


class SystemDice:
    """Fills the Dice port."""

    def __init__(self) -> None:
        self._millisecond = -1
        self._quiet_part = -1
        self._quiet_text = ""
        self._stem = ""
        self._count = 0
        self._tokens: list[str] = []
        self._bits: list[int] = []
        self._spread = Random(urandom(16))  # noqa: S311 - it keeps no secret

    def roll(self) -> float:
        """For spreading retries, not for secrets."""
        return self._spread.random()

    def new_id(self, prefix: str, now: datetime) -> str:
        millisecond = int(now.timestamp() * 1000)
        if millisecond > self._millisecond:  # a clock that stands still or was set back only counts on
            self._turn_to(millisecond)
        self._count += 1
        count = self._count
        return f"{prefix}_{self._stem}{_PAIRS[count >> 20]}{_PAIRS[count >> 10 & 1023]}{_PAIRS[count & 1023]}"

    def token(self) -> str:
        if not self._tokens:
            text = b2a_base64(urandom(_TOKEN_BYTES * _TOKENS_AT_ONCE), newline=False).decode()
            size = len(text) // _TOKENS_AT_ONCE
            self._tokens = [text[start : start + size] for start in range(0, len(text), size)]
        return self._tokens.pop()

    def octets(self, count: int) -> bytes:
        return urandom(count)

    def _turn_to(self, millisecond: int) -> None:
        self._millisecond = millisecond
        chance = self._chance()
        if millisecond >> 10 != self._quiet_part:
            self._quiet_part = millisecond >> 10
            self._quiet_text = _text(self._quiet_part, 40)
        spread = chance & (1 << _CHANCE_BITS) - 1
        self._stem = self._quiet_text + _PAIRS[millisecond & 1023] + _text(spread, 50)
        # Counting starts in the lower half, so that half a billion ids of one millisecond have room.
        self._count = chance >> _CHANCE_BITS & (1 << _COUNT_BITS - 1) - 1

    def _chance(self) -> int:
        """80 bits of the system's, one call of it for many."""
        if not self._bits:
            pool = urandom(10 * _TOKENS_AT_ONCE)
            self._bits = [int.from_bytes(pool[start : start + 10], "big") for start in range(0, len(pool), 10)]
        return self._bits.pop()


def _text(number: int, bits: int) -> str:
    return "".join(_PAIRS[number >> shift & 1023] for shift in range(bits - 10, -1, -10))
