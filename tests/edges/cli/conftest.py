from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edges.api.house import KEY, House
from tests.edges.cli.running import Shell, programs, running


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(capsys, monkeypatch, programs())


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A running server, which the commands find through the environment."""
    with running(tmp_path) as (address, house):
        monkeypatch.setenv("GRANTWIRE_SERVER", address)
        monkeypatch.setenv("GRANTWIRE_API_KEY", KEY)
        yield house
