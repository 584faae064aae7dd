"""The store, people and their sessions."""

from datetime import timedelta

from tests.conformance.store_world import StoreWorld

from grantwire.domain.person import Person, PersonId, Role, Session


def somebody(email: str = "maeve@example.com") -> Person:
    return Person(PersonId(f"per_{email}"), email, Role.ADMINISTRATOR)


async def test_a_person_is_found_by_address_with_the_hash(world: StoreWorld) -> None:
    assert not await world.store.has_people()
    await world.store.put_person(somebody(), password_hash="hash", now=world.clock.now())
    assert await world.store.has_people()
    assert await world.store.person("maeve@example.com") == (somebody(), "hash")
    assert await world.store.person("nobody@example.com") is None


async def test_a_person_put_again_keeps_the_id_and_gets_the_new_hash(world: StoreWorld) -> None:
    await world.store.put_person(somebody(), password_hash="old", now=world.clock.now())
    again = Person(PersonId("per_other"), "maeve@example.com", Role.ADMINISTRATOR)
    await world.store.put_person(again, password_hash="new", now=world.clock.now())
    assert await world.store.person("maeve@example.com") == (somebody(), "new")


async def test_a_session_is_found_by_its_digest_until_it_is_dropped(world: StoreWorld) -> None:
    await world.store.put_person(somebody(), password_hash=None, now=world.clock.now())
    session = Session(somebody(), world.clock.now() + timedelta(hours=1))
    await world.store.put_session(b"digest", session, now=world.clock.now())
    assert await world.store.session(b"digest") == session
    assert await world.store.session(b"another") is None
    await world.store.drop_session(b"digest")
    assert await world.store.session(b"digest") is None


async def test_sessions_that_have_ended_go_when_a_new_one_comes(world: StoreWorld) -> None:
    await world.store.put_person(somebody(), password_hash=None, now=world.clock.now())
    ended = Session(somebody(), world.clock.now() + timedelta(hours=1))
    await world.store.put_session(b"ended", ended, now=world.clock.now())
    now = world.clock.move(3600)
    await world.store.put_session(b"fresh", Session(somebody(), now + timedelta(hours=1)), now=now)
    assert await world.store.session(b"ended") is None
    assert await world.store.session(b"fresh") is not None
