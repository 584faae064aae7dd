"""Client certificates and private authorities, in real handshakes: who we are, and whom we believe."""

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from tests.adapters.outbound.conftest import QUICK, Way
from tests.adapters.outbound.servers import Identity, blocking_tls_server, http_server, identity, server_context

from grantwire.adapters.outbound.certificates import TlsContexts
from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ClientCertificate, NoCredential
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.secret import Secret
from grantwire.domain.target import Method, Origin, Trust


async def ok(request: web.Request) -> web.Response:
    return web.Response(text="ok")


@asynccontextmanager
async def demanding(
    authority: Identity, folder: Path, *, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> AsyncIterator[str]:
    """A target that serves nobody without a certificate of `authority`."""
    tls = server_context(identity("target", signed_by=authority), folder, clients_of=authority)
    tls.maximum_version = version
    async with blocking_tls_server(tls) as origin:
        yield origin


def shown(own: Identity) -> ClientCertificate:
    return ClientCertificate(own.certificate_pem, Secret(own.key_pem))


def refused(reply: Reply) -> str:
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.CLIENT_CERTIFICATE, False)
    return reply.detail


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_target_sees_who_we_are(
    way: Way, authority: Identity, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    async with demanding(authority, tmp_path, version=version) as origin:
        reply = await way.post(origin, credential=shown(identity("grantwire", signed_by=authority)))
    assert isinstance(reply, Response)
    assert reply.body == b"grantwire"


async def test_without_a_certificate_the_refusal_says_what_is_missing(
    way: Way, authority: Identity, tmp_path: Path
) -> None:
    async with demanding(authority, tmp_path) as origin:
        assert "demands a client certificate" in refused(await way.post(origin))


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_certificate_that_has_ended_is_told_as_such(
    way: Way, authority: Identity, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    async with demanding(authority, tmp_path, version=version) as origin:
        reply = await way.post(origin, credential=shown(identity("grantwire", signed_by=authority, days=-1)))
    assert "has ended" in refused(reply)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_certificate_of_an_authority_that_the_target_does_not_know(
    way: Way, authority: Identity, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    async with demanding(authority, tmp_path, version=version) as origin:
        reply = await way.post(origin, credential=shown(identity("grantwire", signed_by=identity("a stranger"))))
    assert "does not know the authority" in refused(reply)


async def test_a_chain_is_shown_whole(way: Way, authority: Identity, tmp_path: Path) -> None:
    between = identity("between", signed_by=authority, is_authority=True)
    own = identity("grantwire", signed_by=between)
    async with demanding(authority, tmp_path) as origin:
        whole = ClientCertificate(own.certificate_pem + between.certificate_pem, Secret(own.key_pem))
        reply, alone = await way.post(origin, credential=whole), await way.post(origin, credential=shown(own))
    assert isinstance(reply, Response)
    assert reply.body == b"grantwire"
    assert "does not know the authority" in refused(alone)


async def test_an_encrypted_key_is_opened_by_its_passphrase(way: Way, authority: Identity, tmp_path: Path) -> None:
    own = identity("grantwire", signed_by=authority)
    async with demanding(authority, tmp_path) as origin:
        credential = ClientCertificate(own.certificate_pem, Secret(closed(own, "pässphrase")), Secret("pässphrase"))
        reply = await way.post(origin, credential=credential)
    assert isinstance(reply, Response)


def closed(own: Identity, passphrase: str) -> str:
    encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return own.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


OWN, OTHER = identity("grantwire"), identity("another")


@pytest.mark.parametrize(
    ("credential", "why"),
    [
        (ClientCertificate(OWN.certificate_pem, Secret(OTHER.key_pem)), "that of another certificate"),
        (
            ClientCertificate(OTHER.certificate_pem + OWN.certificate_pem, Secret(OWN.key_pem)),
            "must stand first",
        ),
        (ClientCertificate(OWN.certificate_pem, Secret(closed(OWN, "open sesame"))), "passphrase is missing"),
        (
            ClientCertificate(OWN.certificate_pem, Secret(closed(OWN, "open sesame")), Secret("sesame")),
            "does not open the private key",
        ),
        (ClientCertificate(OWN.certificate_pem, Secret(OWN.key_pem), Secret("sesame")), "leave its passphrase out"),
        (ClientCertificate(OWN.certificate_pem, Secret("k3y")), "not PEM"),
        (ClientCertificate(OWN.certificate_pem.replace("M", "?"), Secret(OWN.key_pem)), "the certificate is not PEM"),
    ],
)
async def test_what_does_not_belong_together_is_told_and_shown_to_nobody(
    way: Way, credential: ClientCertificate, why: str
) -> None:
    reply = await way.post("https://127.0.0.1:1", credential=credential)
    assert isinstance(reply, NotSent)
    assert reply.pauses_webhook
    assert why in reply.why
    assert "PRIVATE KEY" not in str(reply)
    assert "sesame" not in str(reply)


async def test_two_identities_never_share_a_connection(way: Way, authority: Identity, tmp_path: Path) -> None:
    one, two = (shown(identity(name, signed_by=authority)) for name in ("one", "two"))
    connections: set[object] = set()

    async def who(request: web.Request) -> web.Response:
        """Keeps its connections alive."""
        assert request.transport is not None
        connections.add(request.transport)
        shown = request.transport.get_extra_info("peercert")
        return web.Response(text=dict(pair for (pair,) in shown["subject"])["commonName"])

    tls = server_context(identity("target", signed_by=authority), tmp_path, clients_of=authority)
    async with http_server(who, tls=tls) as origin:
        replies = [await way.post(origin, credential=each) for each in (one, two, one, two, one)]
    assert [reply.body for reply in replies if isinstance(reply, Response)] == [b"one", b"two", b"one", b"two", b"one"]
    assert len(connections) == 2


async def test_new_files_are_shown_from_the_next_request_on(way: Way, authority: Identity, tmp_path: Path) -> None:
    certificate, key = tmp_path / "own.crt", tmp_path / "own.key"
    credential = ClientCertificate(f"${{file:{certificate}}}", Secret(f"${{file:{key}}}"))
    seen = []
    async with demanding(authority, tmp_path) as origin:
        for name in ("before", "after"):
            own = identity(name, signed_by=authority)
            replace(certificate, own.certificate_pem)
            replace(key, own.key_pem)
            reply = await way.post(origin, credential=credential)
            assert isinstance(reply, Response)
            seen.append(reply.body)
    assert seen == [b"before", b"after"]


async def test_between_the_two_files_of_a_change_the_pair_of_before_serves(
    way: Way, authority: Identity, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "own.crt", tmp_path / "own.key"
    credential = ClientCertificate(f"${{file:{certificate}}}", Secret(f"${{file:{key}}}"))
    before, after = (identity(name, signed_by=authority) for name in ("before", "after"))
    async with demanding(authority, tmp_path) as origin:
        replace(certificate, before.certificate_pem)
        replace(key, before.key_pem)
        await way.post(origin, credential=credential)
        replace(certificate, after.certificate_pem)
        half = await way.post(origin, credential=credential)
        key.unlink()
        gone = await way.post(origin, credential=credential)
        replace(key, after.key_pem)
        whole = await way.post(origin, credential=credential)
    assert [one.body for one in (half, gone, whole) if isinstance(one, Response)] == [b"before", b"before", b"after"]


def replace(file: Path, text: str) -> None:
    """At once, as a secret that is mounted changes; two in one instant still differ in size or time."""
    new = file.with_suffix(".new")
    new.write_text(text)
    if file.exists():
        later = file.stat().st_mtime_ns + 1_000_000_000
        os.utime(new, ns=(later, later))
    new.replace(file)


# ── a private authority ──────────────────────────────────────────────────────────────────────────────────
async def asked(origin: str, trust: Trust, *, extra: Path | None = None) -> Reply:
    sender = HttpSender(Allowance.of((origin,)), extra_ca_file=extra)
    request = Request(Method.POST, f"{origin}/", (), b"{}", Origin.of(origin))
    try:
        return await sender.send(request, QUICK, NoCredential(), trust)
    finally:
        await sender.close()


async def test_an_authority_of_the_webhook_s_own_is_believed(authority: Identity, tmp_path: Path) -> None:
    tls = server_context(identity("target", signed_by=authority), tmp_path)
    async with http_server(ok, tls=tls) as origin:
        assert isinstance(await asked(origin, Trust(authority.certificate_pem)), Response)
        assert isinstance(await asked(origin, Trust()), NoResponse)


async def test_a_file_of_authorities_is_read_anew_when_it_changes(authority: Identity, tmp_path: Path) -> None:
    tls = server_context(identity("target", signed_by=authority), tmp_path)
    file = tmp_path / "authority.pem"
    trust = Trust(f"${{file:{file}}}")
    sender = HttpSender(Allowance())
    async with http_server(ok, tls=tls) as origin:
        sender = HttpSender(Allowance.of((origin,)))
        request = Request(Method.POST, f"{origin}/", (), b"{}", Origin.of(origin))
        replace(file, identity("yesterday's").certificate_pem)
        before = await sender.send(request, QUICK, NoCredential(), trust)
        replace(file, authority.certificate_pem)
        after = await sender.send(request, QUICK, NoCredential(), trust)
        await sender.close()
    assert isinstance(before, NoResponse)
    assert before.fault is Fault.TLS
    assert isinstance(after, Response)


async def test_beside_the_authority_of_the_webhook_no_other_counts(
    authority: Identity, ca_file: Path, tmp_path: Path
) -> None:
    tls = server_context(identity("target", signed_by=authority), tmp_path)
    stranger = identity("a stranger").certificate_pem
    async with http_server(ok, tls=tls) as origin:
        reply = await asked(origin, Trust(stranger), extra=ca_file)
        both = await asked(origin, Trust(stranger, is_only=False), extra=ca_file)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.TLS
    assert isinstance(both, Response), "the token endpoint may be anybody's"


async def test_an_authority_that_cannot_be_read_pauses_the_webhook() -> None:
    reply = await asked("https://127.0.0.1:1", Trust("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"))
    assert isinstance(reply, NotSent)
    assert reply.pauses_webhook
    assert "tls.ca" in reply.why


def test_whatever_a_webhook_says_the_target_is_verified(authority: Identity) -> None:
    own = identity("grantwire", signed_by=authority)
    contexts = TlsContexts()
    for credential in (NoCredential(), shown(own)):
        for trust in (Trust(), Trust(authority.certificate_pem), Trust(authority.certificate_pem, is_only=False)):
            context = contexts.context(credential, trust)
            assert context.verify_mode is ssl.CERT_REQUIRED
            assert context.check_hostname
            assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
