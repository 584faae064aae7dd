"""The pages around all others."""

from tests.e2e.console.shown import Shown

PAGES = (
    Shown("sign-in", "/sign-in", is_signed_in=False),
    Shown("overview", "/"),
    Shown("not-found", "/nowhere", status=404, complaint="status of 404"),
)
