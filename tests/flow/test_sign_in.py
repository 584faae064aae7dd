"""Sign-in: who comes in, who does not, and how long one who guesses has to wait."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.world import World, open_world

from grantwire.adapters.dice import SystemDice
from grantwire.domain.errors import Refused
from grantwire.domain.person import Role
from grantwire.domain.secret import Secret
from grantwire.flow.sign_in import FIRST_EMAIL, SignIn

PASSWORD = Secret("correct horse")


class PlainPasswords:
    """Hashes by turning round; remembers how often it was asked."""

    def __init__(self) -> None:
        self.checked = 0

    async def hash(self, password: Secret) -> str:
        return password.reveal()[::-1]

    async def is_right(self, password: Secret, password_hash: str | None) -> bool:
        self.checked += 1
        return password_hash is not None and password.reveal()[::-1] == password_hash


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def passwords() -> PlainPasswords:
    return PlainPasswords()


@pytest.fixture
async def sign_in(world: World, passwords: PlainPasswords) -> SignIn:

    made = SignIn(
        store=world.store,
        passwords=passwords,
        lasts=timedelta(hours=12),
        clock=world.clock,
        dice=SystemDice(),
        observer=world.facts,
    )
    await made.make_first(("Maeve@Example.com", PASSWORD))
    return made


async def enter(sign_in: SignIn, password: Secret = PASSWORD, *, source: str = "192.0.2.1"):
    return await sign_in.enter("maeve@example.com ", password, source=source)


async def test_the_right_password_gives_a_session_that_ends(world: World, sign_in: SignIn) -> None:
    entry = await enter(sign_in)
    session = await sign_in.who(entry.token)
    assert session is not None
    assert (session.person.email, session.person.role) == ("maeve@example.com", Role.ADMINISTRATOR)
    world.clock.advance(12 * 3600)
    assert await sign_in.who(entry.token) is None


async def test_every_sign_in_has_a_token_of_its_own_and_leaving_ends_only_one(sign_in: SignIn) -> None:
    first, second = await enter(sign_in), await enter(sign_in)
    assert first.token != second.token
    await sign_in.leave(first.token)
    assert await sign_in.who(first.token) is None
    assert await sign_in.who(second.token) is not None


async def test_an_unknown_address_is_answered_like_a_wrong_password(sign_in: SignIn, passwords: PlainPasswords) -> None:
    with pytest.raises(Refused) as wrong:
        await enter(sign_in, Secret("wrong"))
    with pytest.raises(Refused) as unknown:
        await sign_in.enter("nobody@example.com", PASSWORD, source="192.0.2.1")
    assert str(wrong.value) == str(unknown.value)
    assert passwords.checked == 2


async def test_after_three_failures_each_further_one_doubles_the_wait(world: World, sign_in: SignIn) -> None:
    async def fail() -> str:
        with pytest.raises(Refused) as refused:
            await enter(sign_in, Secret("wrong"))
        return str(refused.value)

    for _ in range(3):
        assert "not right" in await fail()
    assert "try again in 1 second." in await fail()
    world.clock.advance(1)
    assert "not right" in await fail()
    with pytest.raises(Refused, match="try again in 2 seconds"):
        await enter(sign_in)  # the right password has to wait too
    await enter(sign_in, source="198.51.100.7")  # but not from elsewhere
    world.clock.advance(2)
    await enter(sign_in)
    assert "not right" in await fail()  # and then counting begins anew


async def test_the_first_start_makes_an_administrator_and_tells_the_password_once(world: World) -> None:

    bare = SignIn(
        store=world.store,
        passwords=PlainPasswords(),
        lasts=timedelta(hours=1),
        clock=world.clock,
        dice=SystemDice(),
        observer=world.facts,
    )
    made = await bare.make_first(None)
    assert made is not None
    assert made[0] == FIRST_EMAIL
    assert (await bare.enter(*made, source="")).session.person.email == FIRST_EMAIL
    assert await bare.make_first(None) is None


async def test_no_token_and_no_password_is_on_record(world: World, sign_in: SignIn, tmp_path: Path) -> None:
    entry = await enter(sign_in)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("grantwire.db*"))  # noqa: ASYNC240
    assert entry.token.encode() not in content
    assert PASSWORD.reveal().encode() not in content
