"""The whole Store, for those that fill it or hand it on; the flow asks for the part it needs.

In: domain values. Out: domain values. Never: a word of any technology that fills the port.
"""

from typing import Protocol

from grantwire.ports.store.catalogues import CatalogueStore
from grantwire.ports.store.deliveries import DeliveryStore
from grantwire.ports.store.facts import FactStore
from grantwire.ports.store.hours import HourStore
from grantwire.ports.store.keys import KeyStore
from grantwire.ports.store.leaps import LeapStore
from grantwire.ports.store.looks import LookStore
from grantwire.ports.store.people import PeopleStore
from grantwire.ports.store.replays import ReplayStore
from grantwire.ports.store.retention import RetentionStore
from grantwire.ports.store.webhooks import WebhookStore


class Store(
    DeliveryStore,
    LookStore,
    ReplayStore,
    WebhookStore,
    KeyStore,
    PeopleStore,
    HourStore,
    FactStore,
    LeapStore,
    RetentionStore,
    CatalogueStore,
    Protocol,
):
    """The truth."""

    async def check(self) -> None:
        """Raises `NotNow` when the store cannot be read and written."""

    async def close(self) -> None: ...
