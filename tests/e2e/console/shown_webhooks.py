"""The pages about webhooks."""

from tests.e2e.console.shown import Shown

PAGES = (Shown("webhooks", "/webhooks"),)
