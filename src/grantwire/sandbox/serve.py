"""Runs the sandbox: opens the port, says where it is, serves until told to stop.

In: SandboxOptions. Out: a running server, reported through `started`. Must never: outlive its stop event.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from grantwire.sandbox.instance import Instance
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.wire import certificate
from grantwire.sandbox.wire.http_shell import HttpShell

__all__ = ["Running", "SandboxOptions", "banner", "serve", "url_of"]

LONGEST_LINE_BYTES = 65_536  # encoded queries with hundreds of ids travel in the URL
SHUTDOWN_SECONDS = 0.2  # a deliberately slow answer must not hold the stop up
IDLE_SECONDS = 70  # `Keep-Alive: timeout=70`


@dataclass(frozen=True, slots=True)
class Running:
    """`options` holds the real port; `certificate` is the CA file a client must trust, None without TLS."""

    options: SandboxOptions
    certificate: Path | None

    @property
    def url(self) -> str:
        return url_of(self.options)


async def serve(
    options: SandboxOptions,
    *,
    started: Callable[[Running], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serves until `stop` is set, or until cancelled. `started` is called once the port is open."""
    made = certificate.make(options.host, options.certificate_folder) if options.tls else None
    instance = Instance(options)
    shell = HttpShell(instance)
    server = web.Server(
        shell.handle,
        access_log=None,
        keepalive_timeout=IDLE_SECONDS,
        max_line_size=LONGEST_LINE_BYTES,
        max_field_size=LONGEST_LINE_BYTES,
    )
    runner = web.ServerRunner(server, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, ssl_context=made.context() if made else None)
        await site.start()
        port = runner.addresses[0][1]
        if started is not None:
            started(Running(replace(options, port=port), made.certificate if made else None))
        await (stop or asyncio.Event()).wait()
    finally:
        await runner.cleanup()
        instance.storage.close()


def banner(options: SandboxOptions, certificate_path: Path | None = None) -> str:
    """What a person needs to use the sandbox; pass the options of Running, which hold the real port."""
    url = url_of(options)
    lines = [
        f"ServiceNow sandbox       {url}/",
        f"Table API                {url}/api/now/table/incident",
        f"OAuth token URL          {url}/oauth_token.do",
        f"User / password          {options.user} / {options.password}",
        f"OAuth client / secret    {options.client_id} / {options.client_secret}",
        f"API key (x-sn-apikey)    {options.api_key}",
        f"Faults                   {url}/sandbox/faults",
        f"Requests that arrived    {url}/sandbox/requests",
    ]
    if certificate_path:
        lines.append(f"CA certificate to trust  {certificate_path}")
    return "\n".join(lines)


def url_of(options: SandboxOptions) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{'https' if options.tls else 'http'}://{host}:{options.port}"
