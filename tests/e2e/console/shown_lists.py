"""The lists of events and deliveries."""

from tests.e2e.console.shown import Shown

PAGES = (
    Shown("events", "/events"),
    Shown("deliveries", "/deliveries"),
)
