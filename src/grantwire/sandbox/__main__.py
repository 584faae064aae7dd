"""`python -m grantwire.sandbox`: the sandbox alone, from a terminal.

In: command-line options. Out: a banner and a running server. Must never: hold a rule of the sandbox.
"""

import argparse
import asyncio
import signal
import sys
from dataclasses import fields

import uvloop

from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.serve import Running, banner, serve


def main() -> None:
    uvloop.run(run(options_from(sys.argv[1:])))


def options_from(arguments: list[str]) -> SandboxOptions:
    """One option for each field of SandboxOptions."""
    parser = argparse.ArgumentParser(prog="python -m grantwire.sandbox", description="A stand-in for ServiceNow.")
    for each in fields(SandboxOptions):
        name = f"--{each.name.replace('_', '-')}"
        if each.name == "tls":
            parser.add_argument(name, action="store_true", help="serve HTTPS with a certificate made at start")
        else:
            kind = int if "int" in str(each.type) else str
            parser.add_argument(name, type=kind, default=each.default, help=f"default: {each.default}")
    return SandboxOptions(**vars(parser.parse_args(arguments)))


async def run(options: SandboxOptions) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await serve(options, started=announce, stop=stop)


def announce(running: Running) -> None:
    sys.stdout.write(banner(running.options, running.certificate) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
