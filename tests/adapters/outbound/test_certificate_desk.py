"""What a look into certificates finds when a webhook is saved: problems of what is written out, warnings beside."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.outbound.servers import identity

from grantwire.adapters.outbound.certificate_desk import CertificateDesk
from grantwire.adapters.outbound.references import References
from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition
from grantwire.domain.errors import Refused
from grantwire.domain.webhook import Webhook, WebhookId

OWN, OTHER = identity("own", days=90), identity("other", days=90)
DESK = CertificateDesk(References())
BROKEN = "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----"


def auth(certificate: str = OWN.certificate_pem, private_key: str = OWN.key_pem, **more: str) -> dict[str, str]:
    return {"type": "client_certificate", "certificate": certificate, "private_key": private_key, **more}


def read(**changes: Any) -> Webhook:
    raw = {"name": "w", "url": "https://example.com/", "triggers": ["Manual"], "body": "{}"} | changes
    return read_definition(
        raw, id=WebhookId("w"), allowance=Allowance(), inspect=lambda webhook, path: DESK.problems(webhook, path=path)
    )


@pytest.mark.parametrize(
    ("changes", "path", "told"),
    [
        ({"auth": auth(private_key=OTHER.key_pem)}, "auth.private_key", "that of another certificate"),
        ({"auth": auth(certificate=BROKEN)}, "auth.certificate", "not PEM that can be read"),
        ({"auth": auth(passphrase="open")}, "auth.passphrase", "leave its passphrase out"),
        ({"tls": {"ca": BROKEN}}, "tls.ca", "is no certificate in PEM"),
    ],
)
def test_what_is_written_out_and_cannot_be_used_is_a_problem(changes: Any, path: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        read(**changes)
    (problem,) = refused.value.problems
    assert problem.path == path
    assert told in str(problem)


def test_it_is_told_together_with_everything_else() -> None:
    with pytest.raises(Refused) as refused:
        read(auth=auth(private_key=OTHER.key_pem), tls={"ca": BROKEN}, url="http://example.com/")
    assert [problem.path for problem in refused.value.problems] == ["url", "tls.ca", "auth.private_key"]


def test_what_belongs_together_is_fine() -> None:
    webhook = read(auth=auth(), tls={"ca": OTHER.certificate_pem})
    assert list(DESK.warnings(webhook, now=datetime.now(UTC))) == []


def test_what_stands_behind_a_reference_is_warned_of_and_may_come_later(tmp_path: Path) -> None:
    key, ca = tmp_path / "own.key", tmp_path / "ca.pem"
    webhook = read(auth=auth(private_key=f"${{file:{key}}}"), tls={"ca": f"${{file:{ca}}}"})
    told = {one.path: str(one) for one in DESK.warnings(webhook, now=datetime.now(UTC))}
    assert "cannot be looked up now" in told["auth.private_key"]
    assert "cannot be looked up now" in told["tls.ca"]
    key.write_text(OTHER.key_pem)
    ca.write_text(OWN.certificate_pem)
    (wrong,) = DESK.warnings(webhook, now=datetime.now(UTC))
    assert "that of another certificate" in str(wrong)
    key.write_text(OWN.key_pem + "\n")
    assert list(DESK.warnings(webhook, now=datetime.now(UTC))) == []


@pytest.mark.parametrize(("days", "says"), [(59, None), (61, "ends on"), (91, "ended on")])
def test_the_end_of_a_certificate_is_warned_of_thirty_days_before(days: int, says: str | None) -> None:
    webhook = read(auth=auth(), tls={"ca": OTHER.certificate_pem})
    told = [str(one) for one in DESK.warnings(webhook, now=datetime.now(UTC) + timedelta(days=days))]
    assert len(told) == (0 if says is None else 2)
    assert all(says in one for one in told if says)


def test_the_end_behind_a_reference_is_known(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    assert DESK.end(f"${{file:{file}}}") is None
    file.write_text(OWN.certificate_pem)
    assert DESK.end(f"${{file:{file}}}") == OWN.certificate.not_valid_after_utc
