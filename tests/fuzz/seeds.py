"""What fuzzing begins with: the forms of the specifications, and pieces to put together."""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.unit.feeds.samples import calendar, rss
from tests.unit.feeds.test_matching import OLD
from tests.unit.feeds.test_syndication import ATOM, JSON, RSS_091, RSS_10

EVENT: Final = (
    b"UID:1\r\nDTSTAMP:20270101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20270301T100000\r\n"
    b"DURATION:P1DT2H\r\nRRULE:FREQ=MONTHLY;BYDAY=+3WE;UNTIL=20281231T000000Z\r\n"
    b"EXDATE;VALUE=DATE:20270302,20270303\r\nRDATE;VALUE=PERIOD:20270401T100000Z/PT1H\r\n"
    b"RECURRENCE-ID;RANGE=THISANDFUTURE:20270301T100000\r\nSUMMARY:a\\, b\\nc\r\n"
    b'LOCATION;LANGUAGE=de:Rathaus\r\nDESCRIPTION;ALTREP="cid:x":Frist: 3.5.\r\n zwei\r\n'
)
ITEM: Final = (
    b"<title>Aufruf | 07.08.2026 - 23.09.2026</title><guid isPermaLink='false'>1</guid>"
    b"<link>https://example.org/a;jsessionid=1</link><pubDate>Mon, 04 Jan 2027 10:00:00 +0100"
    b"</pubDate><description><![CDATA[<p>bis <b>14.3.27</b>&nbsp;24:00 Uhr</p>]]></description>"
    b"<content:encoded>&lt;p&gt;x&amp;amp;y&lt;/p&gt;</content:encoded>"
    b"<ev:startdate>2027-03-01T10:00:00+01:00</ev:startdate>"
)
WORDS: Final = (
    "Einsendeschluss: 14.3.27",
    "Skizzen bis 1.3.2027, Anträge bis einschließlich 1. Juni 2027, 24:00 Uhr (Ortszeit)",
    "bis Ende März 2027; Ausschlussfrist, laufend bis zur Ausschöpfung der Mittel",
    "apply by March 14, 2027, 5 pm Brussels time",
    "Abgesagt: Kongress vom 10.–12. März 2027 verschoben auf den 3. Mai 2027",
)

SEEDS: Final[Mapping[str, Sequence[bytes]]] = {
    "feed": [RSS_091, RSS_10, ATOM, JSON, OLD, calendar(EVENT.decode()), rss(ITEM.decode())],
    "calendar": [EVENT],
    "entry": [ITEM],
    "words": [one.encode() for one in WORDS],
    "revisions": [OLD + b"\x00\x00" + OLD.replace(b"UID:", b"UID:neu-")],
}
