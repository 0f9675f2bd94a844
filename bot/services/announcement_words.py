"""How an announcement's author reads how far it is."""

from zoneinfo import ZoneInfo

from bot.messages import ACCOUNT_MARK
from bot.services.announcements import State
from bot.services.publishing import Report
from bot.text import catalogue
from bot.text.dates import format_time
from bot.text.document import Button, Document

_NETWORKS = {"matrix": "Matrix", "telegram": "Telegram"}


def network(channel: str) -> str:
    """Return what people call a network; behind it the account, if it is not the first there."""
    name, _, account = channel.partition(ACCOUNT_MARK)
    called = _NETWORKS.get(name, name.title())
    return f"{called} ({account})" if account else called


def report(found: Report, language: str, zone: ZoneInfo) -> Document:
    """Say how far an announcement is, with what can be done about it now."""
    lines = [_head(found, language), *_rest(found, language, zone)]
    document = catalogue.document(
        language, "report", number=found.number, text=" · ".join(filter(None, lines))
    )
    if found.state is State.PAUSED and found.reason == "failures":
        document += catalogue.document(language, "report-failures")
    if found.state is State.PAUSED and found.reason == "restored":
        document += catalogue.document(language, "report-restored")
    return document.with_buttons(*_buttons(found, language))


def _head(found: Report, language: str) -> str:
    if found.state in {State.RECALLED, State.RECALLING}:
        return _recalled(found, language)
    sent, total = found.sent, found.recipients
    if found.state is State.PAUSED:
        return catalogue.text(language, "report-paused", sent=sent, total=total)
    if found.waiting or found.editing:
        return catalogue.text(language, "report-sending", sent=sent, total=total)
    return catalogue.text(language, "report-done", sent=found.sent)


def _recalled(found: Report, language: str) -> str:
    parts = [
        catalogue.text(language, "report-deleted", count=number, network=network(channel))
        for channel, number in found.deleted
    ]
    for name, number in (
        ("report-replaced", found.replaced),
        ("report-struck", found.withdrawn),
        ("report-deleting", found.deleting),
    ):
        parts += [_count(language, name, number)] if number else []
    done = found.state is State.RECALLED
    begins = "report-recalled" if done else "report-recalling"
    parts += [_count(language, "report-lasting", found.lasting)] if done else []
    return catalogue.text(language, begins, text=", ".join(parts))


def _count(language: str, name: str, number: int) -> str:
    return catalogue.text(language, name, count=number)


def _rest(found: Report, language: str, zone: ZoneInfo) -> list[str]:
    if found.state in {State.RECALLED, State.RECALLING}:
        return []
    numbers = (
        ("report-held", found.held),
        ("report-slowed", found.slowed),
        ("report-gone", found.gone),
        ("report-failed", found.failed),
        ("report-struck", found.withdrawn),
        ("report-edited", found.edited),
        ("report-editing", found.editing),
    )
    parts = [_count(language, name, number) for name, number in numbers if number]
    if found.ready_at is not None:
        time = format_time(found.ready_at, language, zone)
        parts.append(catalogue.text(language, "report-ready", time=time))
    return parts


def _buttons(found: Report, language: str) -> list[list[Button]]:
    match found.state:
        case State.SENDING if found.waiting:
            names = [("pause", "report-pause"), ("recall", "report-recall")]
        case State.PAUSED:
            names = [
                ("resume", "report-resume"), ("cancel", "report-cancel"),
                ("recall", "report-recall"),
            ]  # fmt: skip
        case State.SENDING | State.SENT:
            names = [
                ("edit", "report-edit"), ("recall", "report-recall"),
                ("details", "report-details"),
            ]  # fmt: skip
        case _:
            names = [("details", "report-details")]
    rows = [[_button(verb, name, found.number, language) for verb, name in names]]
    if found.failed and found.state in {State.SENDING, State.PAUSED, State.SENT}:
        rows.append([_button("retry", "report-retry", found.number, language)])
    return rows


def _button(verb: str, name: str, number: int, language: str) -> Button:
    return Button(label=catalogue.text(language, name), value=f"ann:{verb}:{number}")
