"""Secret: usable, never shown."""

import json
import pickle

import msgspec
import pytest

from grantwire.domain.secret import Secret, references_in

PLAIN = "marker-5b1f"


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda s: f"{s}", lambda s: f"{s!r}"])
def test_no_way_of_formatting_shows_a_secret(show) -> None:
    assert PLAIN not in show(Secret(PLAIN))
    assert PLAIN not in show([Secret(PLAIN)])


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps, msgspec.json.encode, msgspec.msgpack.encode])
def test_no_encoder_takes_a_secret(write) -> None:
    with pytest.raises(TypeError):
        write({"key": Secret(PLAIN)})


def test_secrets_are_equal_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert hash(Secret("a")) == hash(Secret("a"))


def test_references_are_told_with_their_source() -> None:
    assert references_in("Bearer ${env:TOKEN} ${file:/run/x}") == (("env", "TOKEN"), ("file", "/run/x"))
    assert Secret("${env:TOKEN}").is_reference
    assert not Secret("TOKEN").is_reference
