"""Every way to render a document; each lives in a module of its own."""

from bot.text.characters import utf16_length
from bot.text.entities import Entity, to_entities
from bot.text.matrix_html import to_html
from bot.text.plain import to_plain

__all__ = ["Entity", "to_entities", "to_html", "to_plain", "utf16_length"]
