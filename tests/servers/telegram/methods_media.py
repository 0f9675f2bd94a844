"""Methods that send photos, documents, polls, locations and signs of life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.servers.telegram.access import Request
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.params import Upload
from tests.servers.telegram.render import message_json
from tests.servers.telegram.sending import Content, deliver, deliver_json
from tests.servers.telegram.texts import read_caption
from tests.servers.telegram.world import Poll, StoredFile, World

ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
IMAGES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
DOWNLOADABLE: Final = 20 * 1024 * 1024
LARGEST_PHOTO: Final = 10 * 1024 * 1024
"""https://core.telegram.org/bots/api#sendphoto"""


def store_file(world: World, upload: Upload, kind: str) -> StoredFile:
    """Keep an uploaded file and give it an id."""
    file = StoredFile(f"{kind}{next(world.serial):016d}", upload.name, upload.mime, upload.data)
    world.files[file.id] = file
    return file


def file_json(file: StoredFile) -> dict[str, Any]:
    """Return the fields that every kind of file has."""
    unique = file.id[-12:]
    return {"file_id": file.id, "file_unique_id": f"U{unique}", "file_size": len(file.data)}


def document_json(file: StoredFile) -> dict[str, Any]:
    """Return the Bot API's ``Document``."""
    return {**file_json(file), "file_name": file.name, "mime_type": file.mime}


def document_media(file: StoredFile) -> dict[str, Any]:
    """Return what a message with a document holds; a GIF is an animation as well."""
    media = {"document": document_json(file)}
    if not file.data.startswith(b"GIF8"):
        return media
    moving = {"width": 640, "height": 480, "duration": 1}
    return media | {"animation": {**document_json(file), **moving}}


def photo_media(world: World, file: StoredFile) -> dict[str, Any]:
    """Return what a message with a photo holds: a small size, made by Telegram, and the photo."""
    upload = Upload(file.name, file.mime, file.data[:64])
    small = {**file_json(store_file(world, upload, "photo")), "width": 90, "height": 67}
    return {"photo": [small, {**file_json(file), "width": 640, "height": 480}]}


def _file(request: Request, field: str) -> StoredFile:
    params, world = request.params, request.world
    upload = params.uploads.get(field)
    given = params.text(field)
    if upload is None and given and given.startswith("attach://"):
        upload = params.uploads.get(given.removeprefix("attach://"))
    if upload is not None:
        if not upload.data:
            raise bad_request("file must be non-empty")
        return store_file(world, upload, field)
    if given and given.startswith(("http://", "https://")):
        # Nothing is fetched: the emulator takes the address for the content.
        return store_file(world, Upload(given.rpartition("/")[2], "", given.encode()), field)
    if not given:
        raise bad_request(f"there is no {field} in the request")
    file = world.files.get(given)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if not file.id.startswith(field):
        raise bad_request("type of file mismatch")
    return file


def send_document(request: Request) -> Any:
    caption, entities = read_caption(request.params)
    file = _file(request, "document")
    return deliver_json(request, Content(caption, entities, document_media(file)))


def send_photo(request: Request) -> Any:
    caption, entities = read_caption(request.params)
    file = _file(request, "photo")
    if not file.data.startswith((*IMAGES, b"http")):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if len(file.data) > LARGEST_PHOTO:
        raise bad_request("too big file for a photo")
    if _is_too_long(file.data):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return deliver_json(request, Content(caption, entities, photo_media(request.world, file)))


def playing(kind: str, file: StoredFile) -> dict[str, Any]:
    """Return what a message with a voice message, a piece of music or a video holds."""
    named = {"file_name": file.name} if kind in {"audio", "video"} else {}
    pictured = {"width": 640, "height": 480} if kind in {"video", "animation"} else {}
    common = {**file_json(file), "duration": 3}
    if kind == "video_note":  # round, and always the same sort of file
        return {kind: {**common, "length": 240}}
    return {kind: {**common, "mime_type": file.mime, **named, **pictured}}


def _send_played(kind: str) -> Callable[[Request], Any]:
    def send(request: Request) -> Any:
        caption, entities = read_caption(request.params)
        file = _file(request, kind)
        chat = request.writable_chat()
        if kind == "voice" and chat.user is not None and chat.user.no_voice:
            raise bad_request("VOICE_MESSAGES_FORBIDDEN")
        return deliver_json(request, Content(caption, entities, playing(kind, file)))

    return send


def _is_too_long(data: bytes) -> bool:
    """Tell whether a PNG is more than twenty times as wide as high, or the other way round."""
    if not data.startswith(IMAGES[0]):
        return False
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return max(width, height) > 20 * min(width, height) or width + height > 10_000


def send_location(request: Request) -> Any:
    latitude, longitude = request.params.number("latitude"), request.params.number("longitude")
    if latitude is None or not -90 <= latitude <= 90:
        raise bad_request("wrong parameter latitude in the request")
    if longitude is None or not -180 <= longitude <= 180:
        raise bad_request("wrong parameter longitude in the request")
    place = {"latitude": latitude, "longitude": longitude}
    return deliver_json(request, Content(media={"location": place}))


def send_chat_action(request: Request) -> Any:
    if (request.params.text("action") or "") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    request.writable_chat()
    return True


def _option(option: Any) -> str:
    text = option.get("text") if isinstance(option, dict) else option
    if not isinstance(text, str) or not text.strip():
        raise bad_request("poll options must be non-empty")
    if len(text) > 100:
        raise bad_request("poll options length must not exceed 100")
    return text


def _poll_json(request: Request) -> dict[str, Any]:
    params = request.params
    question = (params.text("question") or "").strip()
    if not question:
        raise bad_request("poll question must be non-empty")
    if len(question) > 300:
        raise bad_request("poll question length must not exceed 300")
    options = [_option(option) for option in params.array("options") or []]
    if len(options) < 2:
        raise bad_request("poll must have at least 2 option")
    if len(options) > 12:
        raise bad_request("poll can't have more than 12 options")
    return {
        "id": str(8_000_000_000_000_000 + next(request.world.serial)),
        "question": question,
        "options": [
            {"text": text, "voter_count": 0, "persistent_id": str(number)}
            for number, text in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": "is_anonymous" not in params.values or params.flag("is_anonymous"),
        "type": params.text("type") or "regular",
        "allows_multiple_answers": params.flag("allows_multiple_answers"),
        "allows_revoting": True,
        "members_only": False,
    }


def send_poll(request: Request) -> Any:
    content = _poll_json(request)
    chat, message = deliver(request, Content(media={"poll": content}))
    request.world.polls[content["id"]] = Poll(message, chat, request.bot, content)
    return message_json(chat, message)


def stop_poll(request: Request) -> Any:
    message = request.message(request.readable_chat(), "edit")
    poll = (message.media or {}).get("poll")
    if poll is None or message.sender is not request.bot:
        raise bad_request("message with poll to stop not found")
    if poll["is_closed"]:
        raise bad_request("poll has already been closed")
    poll["is_closed"] = True
    return poll


def get_file(request: Request) -> Any:
    file = request.world.files.get(request.params.text("file_id") or "")
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > DOWNLOADABLE:
        raise bad_request("file is too big")
    return {**file_json(file), "file_path": file.path}


METHODS = {
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "sendVoice": _send_played("voice"),
    "sendAudio": _send_played("audio"),
    "sendVideo": _send_played("video"),
    "sendLocation": send_location,
    "sendChatAction": send_chat_action,
    "sendPoll": send_poll,
    "stopPoll": stop_poll,
    "getFile": get_file,
}
