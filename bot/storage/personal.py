"""What is about people, table by table and column by column: the one place where it is said.

A new table or column has to be entered here (`tests/storage/test_personal.py` fails until it is).
From this follow ``/meine_daten``, ``/loeschen_alles``, ``/datenschutz`` and the inactive members
that housekeeping erases, so an entry is all that a usual table needs:

- *Whose rows are they?* ``whose`` names the columns that say so, see :class:`Whose`. Rows found so
  are the person's own: they are shown to them, and deleted with them.
- *Who did something?* Columns that refer to ``members`` and are not in ``whose`` go into
  ``doers``. Their rows are shown to the person, and stay: a member without name or account takes
  the person's place.
- *Could a name stand in a text?* Then the column goes into ``texts``, and names and accounts of
  who is erased are struck out there.
- *What else?* ``shown`` is shown to the person, ``inner`` are numbers and states that say nothing
  about anybody.
- *Nothing about anybody?* Then ``why_not`` says why, and all columns are ``inner``.
"""

import enum
from dataclasses import dataclass


class Whose(enum.Enum):
    """By what a row is found to be somebody's own; the columns follow in the same order."""

    MEMBER = "a member's number"
    CHAT = "the row of a direct chat"
    ADDRESS = "network and id of a direct chat"
    SUBSCRIPTION = "a subscription of a direct chat"
    ACCOUNT = "an account, written network:user"


SETTLED_APART = "settled apart"
"""Marks what ``bot.storage.erasing`` treats by rules of its own, which its docstrings tell."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one table holds.

    Attributes:
        table: Its name.
        subject: What it is for people, by a message of the catalogue without its ``held-``.
        kept: How long, by a message of the catalogue without its ``kept-``; see
            :mod:`bot.services.retention`.
        whose: By what rows are found to be somebody's own, and the columns that tell it.
        doers: Columns that tell who did something.
        texts: Columns in which somebody may be named.
        shown: Further columns that their person is shown.
        inner: Further columns that say nothing about anybody.
        special: :data:`SETTLED_APART` if rows are not simply deleted.
        why_not: Why nothing here is about people.
    """

    table: str
    subject: str = ""
    kept: str = ""
    whose: tuple[tuple[Whose, str], ...] = ()
    doers: str = ""
    texts: str = ""
    shown: str = ""
    inner: str = ""
    special: str = ""
    why_not: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is classified."""
        deciding = " ".join(names for _, names in self.whose)
        return frozenset(f"{deciding} {self.doers} {self.texts} {self.shown} {self.inner}".split())

    @property
    def visible(self) -> tuple[str, ...]:
        """The columns that a person is shown."""
        return tuple(f"{self.texts} {self.shown}".split())

    @property
    def is_personal(self) -> bool:
        """Whether there is anything about people."""
        return not self.why_not


_MEMBER = ((Whose.MEMBER, "member_id"),)
_CHAT = ((Whose.CHAT, "chat_id"),)
_ADDRESS = ((Whose.ADDRESS, "channel chat"),)

TABLES = (
    Held(
        "members", "person", "member", whose=((Whose.MEMBER, "id"),),
        shown="language project phase created_at seen_on", inner="erased_at",
        special=SETTLED_APART,
    ),
    Held(
        "identities", "account", "member", whose=_MEMBER,
        shown="channel user name language", inner="id",
    ),
    Held(
        "links", "account", "member",
        whose=((Whose.MEMBER, "member_id"), (Whose.MEMBER, "joined_id")),
        shown="channel preferred urgent_both roles linked_at",
    ),
    Held(
        "link_codes", "account", "hour",
        whose=((Whose.MEMBER, "member_id"), (Whose.MEMBER, "entered_by")),
        shown="channel chat made_at expires_at", inner="id code_hash",
    ),
    Held("link_tries", "account", "hour", whose=_MEMBER, shown="count since"),
    Held(
        "chats", "chat", "member",
        whose=((Whose.MEMBER, "partner_id"), (Whose.MEMBER, "member_id")),
        shown="channel chat kind title language joined_at left_at left_reason encrypted",
        inner="id ambient home_id known_as", special=SETTLED_APART,
    ),
    Held(
        "chat_settings", "settings", "member", whose=_CHAT,
        shown="laender leads remind_at rhythm digest_at digest_day quiet quiet_from quiet_until"
        " quiet_days paused_until silent timezone",
    ),
    Held(
        "subscriptions", "subscription", "member", whose=_CHAT,
        shown="topic_id since", inner="id thread",
    ),
    Held(
        "subscription_filters", "subscription", "member",
        whose=((Whose.SUBSCRIPTION, "subscription_id"),), shown="field value",
    ),
    Held(
        "event_wishes", "wish", "event", whose=_CHAT,
        shown="event_id wanted since", inner="thread",
    ),
    Held(
        "consents", "consent", "consent", whose=_ADDRESS, doers="member_id", texts="words",
        shown="topic_id given at", inner="id",
    ),
    Held(
        "calendar_feeds", "calendar", "calendar", whose=_CHAT, doers="created_by",
        shown="created_at revoked_at last_used_at", inner="id token_hash",
    ),
    Held(
        "digest_items", "delivery", "delivery", whose=_CHAT,
        shown="body_id source slot_at withdrawn created_at",
        inner="id key thread expires_at digest",
    ),
    Held(
        "deliveries", "delivery", "delivery", whose=_ADDRESS,
        shown="body_id action state source created_at done_at error",
        inner="id key thread target reply_to notify priority attempts due_at held_until expires_at"
        " part uncertain claimed_by claimed_until message instead_of target_of reply_of"
        " failing_since",
        special=SETTLED_APART,
    ),
    Held(
        "bodies", "delivery", "delivery", texts="content", inner="id created_at",
        special=SETTLED_APART,
    ),
    Held(
        "dialogs", "dialog", "hour", whose=_MEMBER,
        shown="channel chat subject content expires_at",
    ),
    Held(
        "questions", "question", "question", whose=_MEMBER,
        shown="id text channel chat asked_in language state entry missing asked_at answered_at",
        inner="thread message confidence candidates item_id", special=SETTLED_APART,
    ),
    Held(
        "feedback", "feedback", "question", whose=_MEMBER,
        shown="question_id helpful given_at", special=SETTLED_APART,
    ),
    Held(
        "event_drafts", "draft", "day", whose=_MEMBER,
        shown="event_id content made_at", inner="id version",
    ),
    Held(
        "grants", "role", "role", whose=_MEMBER, doers="granted_by", shown="role granted_at",
    ),
    Held(
        "announcements", "announcement", "announcement", doers="author_id approved_by",
        shown="id state texts attachment audience created_at send_at published_at ended_at",
        inner="channel chat thread language importance everyone late version recipients bodies"
        " reported reported_at reason decide_by",
        special=SETTLED_APART,
    ),
    Held(
        "audit", "deed", "audit", doers="member_id", texts="details",
        shown="at action subject", inner="id", special=SETTLED_APART,
    ),
    Held(
        "inbox_items", "decision", "audit", doers="decided_by",
        shown="id state answer entry decided_at",
        inner="hidden_until turn version shown reached opened_at",
    ),
    Held(
        "source_batches", "decision", "audit", doers="decided_by",
        shown="id state decided_at", inner="source_id why version shown opened_at",
    ),
    Held(
        "taught_entries", "lesson", "entry", doers="taught_by",
        shown="id content created_at changed_at retired_at", inner="version",
    ),
    Held(
        "taught_phrasings", "lesson", "entry", doers="taught_by",
        shown="entry text added_at", inner="id question_id", special=SETTLED_APART,
    ),
    Held(
        "entry_care", "care", "entry", doers="owner_id", shown="entry reviewed_on",
        inner="review_days told_at", special=SETTLED_APART,
    ),
    Held(
        "sources", "source", "entry", doers="created_by", shown="id name created_at",
        inner="kind address topic_id laender language zone mode keywords template every removed_at"
        " paused_at etag last_modified digest moved_to moves next_at claimed_by claimed_until"
        " checked_at ok_at changed_at failures problem problem_text stale_told_at read_once token",
    ),
    Held(
        "files", "file", "delivery", inner="id size content created_at", special=SETTLED_APART,
    ),
    Held("seen_events", "event", "event-id", inner="channel event seen_at", special=SETTLED_APART),
    Held("tombstones", "tombstone", "tombstone", inner="mark erased_at cleaned_at",
         special=SETTLED_APART),
    Held(
        "bridge_members", "bridge", "bridge", doers="joined_by",
        shown="channel chat title direction joined_at confirmed_at",
        inner="id bridge_id thread paused_at lag_told_at notice notice_message",
    ),
    Held(
        "bridge_locks", "bridge", "bridge", doers="locked_by",
        shown="channel chat topic_id locked_at", inner="id thread",
    ),
    Held(
        "bridge_codes", "bridge", "hour", whose=_MEMBER,
        shown="channel chat title direction made_at confirmed_at expires_at used_at",
        inner="id code_hash thread",
    ),
    Held(
        "bridge_requests", "bridge", "hour", whose=_MEMBER,
        shown="channel chat title direction made_at confirmed_at expires_at answered_at",
        inner="id code_id thread",
    ),
    Held("bridge_tries", "bridge", "hour", whose=_MEMBER, shown="at", inner="id"),
    Held(
        "bridge_posts", "post", "post", whose=((Whose.ACCOUNT, "author"),),
        shown="author_name said_at", inner="id bridge_id digest",
    ),
    Held(
        "bridge_reactions", "post", "post", whose=((Whose.ACCOUNT, "author"),),
        shown="channel chat emoji", inner="id post_id own",
    ),
    Held(
        "bridge_places",
        inner="id post_id channel chat thread message key part blocks original",
        why_not="where a message of a bridge stands; goes with the message",
    ),
    Held("bridges", inner="id created_at", why_not="which rooms are connected"),
    Held(
        "leases", inner="name holder token taken_at renewed_at expires_at",
        why_not="which process acts for an account of the hub",
    ),
    Held(
        "processes", inner="name host pid version started_at seen_at",
        why_not="which processes the hub has",
    ),
    Held("sealed_secrets", inner="name sealed", why_not="the hub's own keys"),
    Held(
        "cursors", inner="channel value updated_at",
        why_not="how far a network was read",
    ),
    Held(
        "entries", inner="id position content loaded_at",
        why_not="a copy of the operator's own files",
    ),
    Held(
        "topics", inner="id key name_de name_en created_at retired_at",
        why_not="what one can subscribe to",
    ),
    Held(
        "events", inner="id uid kind content begins_at over_at version imported created_at"
        " changed_at",
        why_not="what is published for everybody; who changed it is in the audit log",
    ),
    Held(
        "event_changes", inner="id event_id version before quiet at",
        why_not="versions of what is published for everybody",
    ),
    Held(
        "source_items", inner="id source_id uid item fingerprint state event_id announcement_id"
        " made batch_id ruling seen_at gone_at",
        why_not="what others have published",
    ),
    Held(
        "posted_requests", inner="id source_id key digest answer at",
        why_not="what programs sent, and were answered",
    ),
)  # fmt: skip
"""Every table of the database; the order is that in which people are told."""

BY_NAME = {one.table: one for one in TABLES}
SUBJECTS = tuple(dict.fromkeys(one.subject for one in TABLES if one.subject))
PERIODS = tuple(dict.fromkeys(one.kept for one in TABLES if one.kept))


def unclassified(tables: dict[str, frozenset[str]]) -> list[str]:
    """Return what is wrong with this list, for the tables and columns that there are.

    A line each, which says what to do; empty if everything is classified.
    """
    problems = [
        f"{name}: this table is not in TABLES of bot/storage/personal.py; say there whether it "
        f"holds anything about people, and how that is found"
        for name in sorted(tables.keys() - BY_NAME.keys())
    ]
    problems += [
        f"{name}: there is no such table any more; take it out of bot/storage/personal.py"
        for name in sorted(BY_NAME.keys() - tables.keys())
    ]
    for name in sorted(tables.keys() & BY_NAME.keys()):
        new, old = tables[name] - BY_NAME[name].columns, BY_NAME[name].columns - tables[name]
        problems += [
            f"{name}.{column}: this column is not classified; add it to whose, doers, texts, "
            f"shown or inner of {name!r} in bot/storage/personal.py"
            for column in sorted(new)
        ]
        problems += [
            f"{name}.{column}: there is no such column any more; take it out of "
            f"bot/storage/personal.py"
            for column in sorted(old)
        ]
    return problems
