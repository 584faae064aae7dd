"""Load: sends events from several callers at once and remembers what was promised for each.

In: a seed, the address of the server that lives now. Out: which events were acknowledged (a 202 came back), which are
in doubt (sent, no answer), which answers were wrong. Never: an event counted as acknowledged before its 202.

An event in doubt is sent again with the same id, or never again, as the dice say; a share of those acknowledged is sent
once more, too: neither may double.
"""

import http.client
import json
import random
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.crash.launch import PATIENCE_SECONDS
from tests.e2e.processes import KEY

from grantwire.domain.event_types import event_types

STEPS = ("RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired")  # the life of an access request
CALLERS = 4
ANSWER_SECONDS = 40.0  # longer than the server waits for a lock
Envelope = dict[str, Any]


@dataclass
class Remembered:
    """By the id of the event. `refusals` are answers of 503; `wrong` what no answer may be."""

    acknowledged: dict[str, Envelope] = field(default_factory=dict)
    in_doubt: dict[str, Envelope] = field(default_factory=dict)
    abandoned: dict[str, Envelope] = field(default_factory=dict)
    sent_again: set[str] = field(default_factory=set)
    refusals: int = 0
    wrong: list[str] = field(default_factory=list)


class Load:
    def __init__(self, name: str, dice: random.Random, *, filler_bytes: int = 0) -> None:
        self.known = Remembered()
        self._name = name
        self._dice = dice
        self._filler = "x" * filler_bytes
        self._made = 0
        self._again: deque[list[Envelope]] = deque()
        self._busy = 0
        self._quota = 0
        self._since_start = 0
        self._url: str | None = None
        self._ended = False
        self._changed = threading.Condition()
        self._callers = [threading.Thread(target=self._call, daemon=True) for _ in range(CALLERS)]
        for caller in self._callers:
            caller.start()

    # ── what the round says ──
    def aim(self, url: str, *, quota: int) -> None:
        """At a server that lives: at most about `quota` new events, and all that are to be sent again."""
        with self._changed:
            self._url, self._quota, self._since_start = url, quota, 0
            self._changed.notify_all()

    def rest(self) -> None:
        with self._changed:
            self._url = None

    def wait_for(self, acknowledged: int, *, within: float) -> bool:
        """Whether so many were acknowledged since `aim`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._since_start >= acknowledged, within)

    def wait_until_sent(self, *, within: float = PATIENCE_SECONDS) -> bool:
        """The quota is used up, and nothing is to be sent again."""
        with self._changed:
            return self._changed.wait_for(lambda: self._quota <= 0 and not self._again and not self._busy, within)

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for caller in self._callers:
            caller.join(ANSWER_SECONDS + 20)
            assert not caller.is_alive(), "a caller still waits for its answer"

    # ── the callers ──
    def _call(self) -> None:
        connection: http.client.HTTPConnection | None = None
        aimed_at = ""
        while (order := self._next()) is not None:
            url, batch = order
            if connection is not None and aimed_at != url:
                connection.close()
            if connection is None or aimed_at != url:
                connection, aimed_at = http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS), url
            if not self._send(connection, batch, url):
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _next(self) -> tuple[str, list[Envelope]] | None:
        with self._changed:
            while not self._ended:
                if self._url is not None and (self._again or self._quota > 0):
                    self._busy += 1
                    return self._url, self._again.popleft() if self._again else self._new()
                self._changed.wait(1.0)
        return None

    def _new(self) -> list[Envelope]:
        size = 1 if self._dice.random() < 0.6 else self._dice.randint(2, 20)
        self._quota -= size
        return [self._event() for _ in range(size)]

    def _event(self) -> Envelope:
        number = self._made
        self._made += 1
        request, step = divmod(number, len(STEPS))
        envelope: Envelope = event_types()[STEPS[step]].sample()
        envelope["id"] = f"{self._name}-{number}"
        envelope["data"]["id"] = f"{self._name}-r{request}"
        envelope["data"]["justification"] = f"No. {number} {self._filler}"
        return envelope

    def _send(self, connection: http.client.HTTPConnection, batch: list[Envelope], url: str) -> bool:
        """Whether the connection can go on."""
        body = json.dumps(batch[0] if len(batch) == 1 else batch)
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/v1/events", body, headers)
            with closing(connection.getresponse()) as answer:
                status, retry_after, text = answer.status, answer.getheader("Retry-After"), answer.read()
        except ConnectionRefusedError:
            self._unsent(batch, url)
            return False
        except (OSError, http.client.HTTPException):
            self._doubt(batch, url)
            return False
        with self._changed:
            self._busy -= 1
            self._answered(batch, status, retry_after, text)
            self._changed.notify_all()
        return True

    def _answered(self, batch: list[Envelope], status: int, retry_after: str | None, text: bytes) -> None:
        known = self.known
        if status == 202:
            for envelope in batch:
                known.acknowledged[envelope["id"]] = envelope
                known.in_doubt.pop(envelope["id"], None)
            self._since_start += len(batch)
            if self._dice.random() < 0.03 and not known.sent_again.issuperset(_ids(batch)):
                known.sent_again.update(_ids(batch))
                self._again.append(batch)
            return
        if status != 503 or not (retry_after or "").isdigit():
            known.wrong.append(f"{status} with Retry-After {retry_after} for {_ids(batch)}: {text[:300]!r}")
        known.refusals += 1
        self._again.append(batch)
        self._changed.wait(0.05)

    def _unsent(self, batch: list[Envelope], url: str) -> None:
        with self._changed:
            self._busy -= 1
            self._again.append(batch)
            self._changed.wait_for(lambda: self._url != url or self._ended, 1.0)

    def _doubt(self, batch: list[Envelope], url: str) -> None:
        """A batch is one promise: it is sent again as it was, or not at all."""
        with self._changed:
            self._busy -= 1
            new = {envelope["id"]: envelope for envelope in batch if envelope["id"] not in self.known.acknowledged}
            self.known.in_doubt.update(new)
            if self._dice.random() < 0.7:
                self.known.sent_again.update(_ids(batch))
                self._again.append(batch)
            else:
                self.known.abandoned.update(new)
            self._changed.wait_for(lambda: self._url != url or self._ended, 1.0)


def _ids(batch: Sequence[Envelope]) -> list[str]:
    return [envelope["id"] for envelope in batch]
