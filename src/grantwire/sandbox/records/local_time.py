"""Times as people of the instance see them: the zone of `glide.sys.default.tz`.

In: ServiceNow's text and a zone name. Out: text. Must never: fail; an unknown zone counts as UTC.
"""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from grantwire.sandbox.clock import FORMAT, instant


@lru_cache(maxsize=32)
def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # LookupError: no such zone, or no zone data on this machine
        return UTC


def to_local(text: str, zone_name: str) -> str:
    found = instant(text)
    return found.astimezone(zone(zone_name)).strftime(FORMAT) if found else text


def to_utc(text: str, zone_name: str) -> str:
    found = instant(text)
    return found.replace(tzinfo=zone(zone_name)).astimezone(UTC).strftime(FORMAT) if found else text
