"""Outbound: what one send costs above a bare aiohttp loop that posts the same body to the same TLS sink.

Run: `python bench/outbound.py [--requests 20000] [--at-once 32]`. Prints a table, writes `bench/results/outbound.json`.
The two are measured in turns, in the same process and the same run; the sink is a process of its own.
"""

import argparse
import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import NoCredential
from grantwire.domain.exchange import Request, Response
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts

FLOOR_SHARE = 0.85
BODY = json.dumps({"short_description": "prod db", "description": "x" * 1500}).encode()
ANSWER = json.dumps({"result": {f"field_{n}": f"value {n}" for n in range(98)} | {"sys_id": "a" * 32}}).encode()
HEADERS = (("Content-Type", "application/json"), ("Accept", "application/json"), ("Authorization", "Bearer abc"))
RESULTS = Path(__file__).parent / "results"


class Sink(asyncio.Protocol):
    """Answers 201 to every whole request; knows nothing of HTTP but where a body ends."""

    answer = (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json;charset=UTF-8\r\n"
        b"Location: https://localhost/api/now/v2/table/incident/" + b"a" * 32 + b"\r\n"
        b"X-Transaction-ID: 0123456789ab\r\nServer: ServiceNow\r\n"
        b"Content-Length: " + str(len(ANSWER)).encode() + b"\r\n\r\n" + ANSWER
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            self.transport.write(self.answer)  # type: ignore[attr-defined]


async def serve_sink(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "sink.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


async def measure(send: Callable[[], Awaitable[None]], *, requests: int, at_once: int) -> tuple[float, float]:
    """Requests per second, and CPU microseconds of this process for each."""
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await send()

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return requests / (time.perf_counter() - began), (time.process_time() - cpu) / requests * 1e6


async def compare(origin: str, certificate: Path, *, requests: int, at_once: int) -> dict[str, float]:
    context = ssl.create_default_context(cafile=str(certificate))
    sender = HttpSender(Allowance.of((origin,)), extra_ca_file=certificate)
    request = Request(Method.POST, f"{origin}/api/now/table/incident", HEADERS, BODY, Origin.of(origin))
    timeouts, credential = Timeouts(), NoCredential()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def bare() -> None:
            async with session.post(request.url, data=BODY, headers=dict(HEADERS), ssl=context) as answer:
                assert answer.status == 201
                await answer.read()

        async def ours() -> None:
            reply = await sender.send(request, timeouts, credential)
            assert isinstance(reply, Response)
            assert reply.status == 201

        rounds: dict[str, list[tuple[float, float]]] = {"bare": [], "sender": []}
        for _ in range(5):
            for name, send in (("bare", bare), ("sender", ours)):
                rounds[name].append(await measure(send, requests=requests // 5, at_once=at_once))
    await sender.close()
    best = {name: (max(rate for rate, _ in found), min(cpu for _, cpu in found)) for name, found in rounds.items()}
    return {
        "bare_per_second": round(best["bare"][0]),
        "sender_per_second": round(best["sender"][0]),
        "bare_cpu_us": round(best["bare"][1], 1),
        "sender_cpu_us": round(best["sender"][1], 1),
        "ratio_to_bare_loop": round(best["sender"][0] / best["bare"][0], 3),
        "floor": FLOOR_SHARE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--sink", metavar="CERTIFICATE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        uvloop.run(serve_sink(options.sink))
        return
    with tempfile.TemporaryDirectory() as folder:
        certificate = write_certificate(Path(folder))
        sink = subprocess.Popen(
            [sys.executable, __file__, "--sink", str(certificate)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert sink.stdout is not None
            origin = f"https://127.0.0.1:{int(sink.stdout.readline())}"
            figures = uvloop.run(compare(origin, certificate, requests=options.requests, at_once=options.at_once))
        finally:
            sink.terminate()
            sink.wait()
    for name, figure in figures.items():
        print(f"{name:22} {figure:>10,}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "outbound.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
