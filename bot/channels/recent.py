"""What was used last, and no more of it than fits."""

from collections import OrderedDict
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Recent(Generic[KeyT, ValueT]):
    """A mapping that forgets what was not asked for the longest.

    Args:
        most: How many values are kept; at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[KeyT, ValueT] = OrderedDict()

    def get(self, key: KeyT) -> ValueT | None:
        """Return what is kept under *key*, if it still is."""
        value = self._known.get(key)
        if value is not None:
            self._known.move_to_end(key)
        return value

    def put(self, key: KeyT, value: ValueT) -> None:
        """Keep a value, in the place of an older one."""
        self._known[key] = value
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def drop(self, key: KeyT, value: ValueT) -> None:
        """Forget *value*, unless something else took its place."""
        if self._known.get(key) == value:
            del self._known[key]
