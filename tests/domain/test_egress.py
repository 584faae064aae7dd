"""By which proxy requests leave, and what goes past it."""

import pytest

from grantwire.domain.egress import Egress, EgressProxy, past_proxy
from grantwire.domain.errors import Refused
from grantwire.settings import read_settings


@pytest.mark.parametrize(
    ("url", "shown", "credentials"),
    [
        ("http://proxy.acme.example:3128", "http://proxy.acme.example:3128", None),
        ("http://PROXY.acme.example", "http://proxy.acme.example:80", None),
        ("https://10.1.2.3/", "https://10.1.2.3:443", None),
        ("http://ann:p%3Aw%40@[2001:db8::1]:8080", "http://[2001:db8::1]:8080", "ann:p:w@"),
        ("http://ann@proxy:3128", "http://proxy:3128", "ann:"),
    ],
)
def test_a_proxy_is_read_and_shown_without_its_password(url: str, shown: str, credentials: str | None) -> None:
    proxy = EgressProxy.of(url)
    assert str(proxy) == shown
    assert (None if proxy.credentials is None else proxy.credentials.reveal()) == credentials


@pytest.mark.parametrize(
    "url", ["proxy:3128", "socks5://proxy:1080", "http://", "http://proxy:99999", "http://proxy/path", "http://p?q"]
)
def test_what_is_no_proxy_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="expected http://host:port"):
        EgressProxy.of(url)


@pytest.mark.parametrize(
    ("past", "host", "is_served"),
    [
        ((), "acme.service-now.com", True),
        (("acme.example",), "acme.example", False),
        (("acme.example",), "tickets.ACME.example.", False),
        (("acme.example",), "notacme.example", True),
        ((".acme.example",), "tickets.acme.example", False),
        (("*.acme.example",), "tickets.acme.example", False),
        (("10.0.0.0/8",), "10.2.3.4", False),
        (("10.0.0.0/8",), "11.2.3.4", True),
        (("10.0.0.0/8",), "10.acme.example", True),
        (("192.0.2.7",), "192.0.2.7", False),
        (("fd00::/8",), "fd12::1", False),
        (("*",), "acme.example", False),
    ],
)
def test_what_goes_past_the_proxy(past: tuple[str, ...], host: str, is_served: bool) -> None:
    assert Egress(EgressProxy.of("http://proxy:3128"), past_proxy(past)).serves(host) is is_served


def test_the_settings_are_checked_at_the_start_without_a_secret_in_a_message() -> None:
    with pytest.raises(Refused) as refused:
        read_settings(
            {"GRANTWIRE_EGRESS_PROXY": "ftp://ann:s3cret@proxy", "GRANTWIRE_EGRESS_NO_PROXY": "10.0.0.0/99, a:80"}
        )
    told = [str(problem) for problem in refused.value.problems]
    assert len(told) == 2
    assert "GRANTWIRE_EGRESS_PROXY" in told[0]
    assert "s3cret" not in "".join(told)
    settings = read_settings(
        {
            "GRANTWIRE_EGRESS_PROXY": "http://ann:s3cret@proxy:3128",
            "GRANTWIRE_EGRESS_NO_PROXY": "10.0.0.0/8, acme.example",
        }
    )
    assert settings.egress is not None
    assert settings.egress.past == ("10.0.0.0/8", "acme.example")
    assert "s3cret" not in f"{settings} {settings.egress}"
