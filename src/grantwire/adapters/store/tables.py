"""The tables of the store, in SQLAlchemy Core.

In: nothing. Out: table objects that the statements are written with. Never: a statement, or DDL at run time (the
migrations make the tables; a test compares both).

Times are whole microseconds since 1970 in UTC. A delivery has a `due_at` exactly while it is pending, waiting or
sending (then it is the end of the lease), so `due_at IS NOT NULL` is the index of work.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

from grantwire.domain.webhook_hour import BUCKETS

metadata = MetaData()

# In the index and, word for word, in the queries: SQLite uses a partial index only for a query that repeats its term.
NOT_SENDING = text("state <> 'sending'")
IS_DUE_SOMETIME = text("due_at IS NOT NULL")
HAS_ACCESS_REQUEST = text("access_request_id IS NOT NULL")
IS_REPLAY = text("replay_of IS NOT NULL")
IS_OPEN = text("ended_at IS NULL")
# In line: it has not ended, or it is dead and holds the line. Whoever removes deliveries must leave these alone.
IN_LINE = text("line IS NOT NULL")
HOLDS_LINE = text("line_until IS NOT NULL")

# An integer primary key is the row's own address in SQLite; BigInteger would cost a second index there.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")

events = Table(
    "events",
    metadata,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("access_request_id", Text),
    Column("body", LargeBinary, nullable=False),
    # Set when the body was removed (it is empty then): what a repetition of the event is compared with.
    Column("digest", LargeBinary),
    Index("ix_events_id", "id", unique=True),
    Index("ix_events_accepted", "accepted_at", "seq"),
    Index("ix_events_type", "type", "accepted_at", "seq"),
    Index(
        "ix_events_access_request",
        "access_request_id",
        "accepted_at",
        "seq",
        sqlite_where=HAS_ACCESS_REQUEST,
        postgresql_where=HAS_ACCESS_REQUEST,
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("webhook_id", Text, nullable=False),
    Column("webhook_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_ambiguous", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("token", Text),
    # The number of the event, not its id: senders choose ids at random, and each random place in an index is a page
    # of its own to write. Numbers only grow.
    Column("event_seq", BigInteger, nullable=False),
    Column("replay_of", Text),
    # The access request of a delivery that others of its webhook wait behind, or that waits itself; none once it lets
    # them go. `line_until` is when a dead one does so by itself.
    Column("line", Text),
    Column("line_until", BigInteger),
    # Since when the target may still be at work on what it was sent; beside `is_ambiguous`.
    Column("doubt_since", BigInteger),
    Index("ix_deliveries_event", "event_seq"),
    Index("ix_deliveries_due", "webhook_id", "due_at", sqlite_where=IS_DUE_SOMETIME, postgresql_where=IS_DUE_SOMETIME),
    Index("ix_deliveries_state", "state", "created_at", "id"),
    # Without the state that is most short-lived: a delivery that succeeds enters this index once and never moves.
    Index(
        "ix_deliveries_webhook",
        "webhook_id",
        "state",
        "created_at",
        "id",
        sqlite_where=NOT_SENDING,
        postgresql_where=NOT_SENDING,
    ),
    Index("ix_deliveries_replay", "replay_of", sqlite_where=IS_REPLAY, postgresql_where=IS_REPLAY),
    Index(
        "ix_deliveries_line",
        "webhook_id",
        "line",
        "event_seq",
        "id",
        sqlite_where=IN_LINE,
        postgresql_where=IN_LINE,
    ),
    Index("ix_deliveries_line_until", "line_until", sqlite_where=HOLDS_LINE, postgresql_where=HOLDS_LINE),
    sqlite_with_rowid=False,
)

# Jobs that send many deliveries again. `wanted`, `refused` and `bookmark` are JSON: they are read whole or not at all.
replays = Table(
    "replays",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("per_minute", Integer),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("found", Integer, nullable=False),
    Column("made", Integer, nullable=False),
    Column("refused", Text, nullable=False),
    Column("bookmark", Text),
    Column("next_at", BigInteger),
    Index("ix_replays_requested", "requested_at", "id"),
    Index("ix_replays_open", "requested_at", "id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
)

attempts = Table(
    "attempts",
    metadata,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("delivery_id", Text),
    Column("number", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("detail", LargeBinary, nullable=False),
    Index("ix_attempts_id", "id", unique=True),
    Index("ix_attempts_delivery", "delivery_id", "number"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("access_request_id", Text, primary_key=True),
    Column("captured", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("paused_why", Text),
    Column("release_per_minute", Integer),
    Column("definition", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_webhooks_name", "name", unique=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("cache_key", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_people_email", "email", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index("ix_sessions_ends", "ends_at"),
)

webhook_changes = Table(
    "webhook_changes",
    metadata,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("webhook_id", Text, nullable=False),
    Column("webhook_name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("ix_webhook_changes_webhook", "webhook_id", "seq"),
)

# Sums of the hour: small, and made from the attempts by a sweep (see `roll_up`).
webhook_hours = Table(
    "webhook_hours",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("delivered", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    *(Column(f"latency_{bucket}", Integer, nullable=False) for bucket in range(BUCKETS)),
    Column("last_at", BigInteger, nullable=False),
    Column("last_verdict", Text, nullable=False),
    Index("ix_webhook_hours_hour", "hour"),
    sqlite_with_rowid=False,
)

# What events say on the dimensions that people search by, made from the events by a sweep (see `facts`): each value
# once, in the spelling of its first event, and the numbers of the events that say it.
fact_values = Table(
    "fact_values",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("dimension", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("is_id", Integer, nullable=False),
    Index("ix_fact_values_folded", "dimension", "folded", unique=True),
)

event_facts = Table(
    "event_facts",
    metadata,
    Column("value_id", BigInteger, primary_key=True),
    Column("event_seq", BigInteger, primary_key=True),
    Index("ix_event_facts_event", "event_seq"),  # they go with their event
    sqlite_with_rowid=False,
)

# Every version of the catalogue; the newest counts. It holds no secret (a provisioner's password is a reference).
catalogues = Table(
    "catalogues",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)
