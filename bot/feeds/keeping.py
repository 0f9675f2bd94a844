"""Items as JSON and back, without loss, to be kept until the next reading."""

from typing import Any, Final

from pydantic import TypeAdapter

from bot.feeds.item import Item

_ITEM: Final[TypeAdapter[Item]] = TypeAdapter(Item)


def stored(item: Item) -> Any:
    """Return an item as a JSON tree."""
    return _ITEM.dump_python(item, mode="json")


def restored(tree: Any) -> Item:
    """Return the item that :func:`stored` made the *tree* of."""
    return _ITEM.validate_python(tree)
