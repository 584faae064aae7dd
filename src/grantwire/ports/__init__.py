"""Everything the flow asks of the outside world, and the nouns it asks with: one file for each thing that is asked.

In: domain values. Out: domain values. Never: a word of any technology that fills a port.
"""

from grantwire.domain.delivery import Room
from grantwire.domain.page import DeliveryQuery, EventQuery, Page
from grantwire.domain.replay_step import NewReplay
from grantwire.ports.clock import Clock
from grantwire.ports.credentials import Authorisation, Credentials
from grantwire.ports.dice import Dice
from grantwire.ports.doorbell import Doorbell
from grantwire.ports.ed25519 import Ed25519
from grantwire.ports.observer import Observer
from grantwire.ports.passwords import Passwords
from grantwire.ports.sealer import Sealer
from grantwire.ports.sender import Sender
from grantwire.ports.store.admission import Acceptance, Admission, Arrival, NewDelivery
from grantwire.ports.store.catalogues import CatalogueStore, KeptCatalogue
from grantwire.ports.store.deliveries import Backlog, DeliveryStore, Settlement
from grantwire.ports.store.facts import FactStore
from grantwire.ports.store.hours import HourStore
from grantwire.ports.store.keys import KeyStore
from grantwire.ports.store.leaps import LeapPlace, LeapStore
from grantwire.ports.store.looks import LookStore
from grantwire.ports.store.people import PeopleStore
from grantwire.ports.store.replays import ReplayStore
from grantwire.ports.store.retention import RetentionStore
from grantwire.ports.store.store import Store
from grantwire.ports.store.webhooks import WebhookStore

__all__ = [
    "Acceptance",
    "Admission",
    "Arrival",
    "Authorisation",
    "Backlog",
    "CatalogueStore",
    "Clock",
    "Credentials",
    "DeliveryQuery",
    "DeliveryStore",
    "Dice",
    "Doorbell",
    "Ed25519",
    "EventQuery",
    "FactStore",
    "HourStore",
    "KeptCatalogue",
    "KeyStore",
    "LeapPlace",
    "LeapStore",
    "LookStore",
    "NewDelivery",
    "NewReplay",
    "Observer",
    "Page",
    "Passwords",
    "PeopleStore",
    "ReplayStore",
    "RetentionStore",
    "Room",
    "Sealer",
    "Sender",
    "Settlement",
    "Store",
    "WebhookStore",
]
