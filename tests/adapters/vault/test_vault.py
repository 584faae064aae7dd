"""Sealed text opens only with its key, in its row, unchanged."""

import multiprocessing
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.adapters.vault.keyfile import KEY_BYTES, load_or_make
from grantwire.adapters.vault.vault import Vault, open_vault
from grantwire.domain.errors import Broken, Refused

ROW = "webhook:whk_1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "grantwire.key"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_in_its_row(text: str, row: str) -> None:
    vault = Vault({"k": b"1" * KEY_BYTES})
    assert vault.open(vault.seal(text, row), row) == text


def test_the_text_is_not_in_what_is_sealed_and_no_sealing_is_like_another(path: Path) -> None:
    vault = open_vault(path)
    sealed = {vault.seal("secret", ROW) for _ in range(100)}
    assert len(sealed) == 100
    assert not [one for one in sealed if "secret" in one]
    assert all(one.startswith("gw1:") for one in sealed)


def test_it_does_not_open_in_another_row(path: Path) -> None:
    vault = open_vault(path)
    with pytest.raises(Broken, match="another row"):
        vault.open(vault.seal("secret", ROW), "webhook:whk_2")


@given(st.integers(0, 200), st.integers(0, 7))
def test_one_changed_bit_and_it_does_not_open(place: int, bit: int) -> None:
    vault = Vault({"k": b"1" * KEY_BYTES})
    sealed = vault.seal("a secret of some length", ROW).encode()
    place %= len(sealed)
    changed = sealed[:place] + bytes([sealed[place] ^ (1 << bit)]) + sealed[place + 1 :]
    try:
        opened = vault.open(changed.decode("latin-1"), ROW)
    except Broken:
        return
    # The last character of base64 has bits that mean nothing; all others count.
    assert opened == "a secret of some length"
    assert place >= len(sealed) - 4


@pytest.mark.parametrize(
    "sealed", ["", "secret", "gw1:", "gw1:k:", "gw1:k:!!!", "gw1:k:AAAA", "gw2:k:AAAA", "gw1:other:AAAA"]
)
def test_what_was_never_sealed_is_our_defect_and_not_a_crash(sealed: str) -> None:
    with pytest.raises(Broken):
        Vault({"k": b"1" * KEY_BYTES}).open(sealed, ROW)


def test_the_key_file_is_made_once_for_its_owner_alone(path: Path) -> None:
    sealed = open_vault(path).seal("secret", ROW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert open_vault(path).open(sealed, ROW) == "secret"


def test_another_key_is_named_in_the_message_and_never_shown(path: Path, tmp_path: Path) -> None:
    sealed = open_vault(path).seal("secret", ROW)
    other = tmp_path / "other.key"
    with pytest.raises(Broken, match="Restore the key file") as broken:
        open_vault(other).open(sealed, ROW)
    assert other.read_text().strip() not in str(broken.value)
    assert sealed.split(":")[1] in str(broken.value)


def test_after_a_new_key_the_old_secrets_still_open(path: Path) -> None:
    old = open_vault(path).seal("secret", ROW)
    path.write_bytes(path.read_bytes() + b64encode(b"2" * KEY_BYTES) + b"\n")
    vault = open_vault(path)
    assert vault.open(old, ROW) == "secret"
    assert vault.seal("secret", ROW).split(":")[1] != old.split(":")[1]


@pytest.mark.parametrize("content", ["", "\n\n", "not base64!\n", "c2hvcnQ=\n", "\x00\x01"])
def test_a_damaged_key_file_is_refused_and_left_alone(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(Refused, match="Restore it from a backup"):
        open_vault(path)
    assert path.read_text() == content


def _load(path: Path) -> list[bytes]:
    return list(load_or_make(path).values())


def test_of_processes_that_start_at_once_all_have_the_same_key(path: Path) -> None:
    path.parent.mkdir()
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_load, [path] * 8)
    assert len({key for found in keys for key in found}) == 1
