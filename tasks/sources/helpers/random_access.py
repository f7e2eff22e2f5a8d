"""Random access to what can only be read from its beginning on, such as a compressed file."""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

# Threads ask for items out of order, but no farther apart than the pieces that extraction has under way.
MOST_WAITING = 512
Item = TypeVar("Item")


class Forward(Generic[Item]):
    """Items by number, for any number of threads; cheap where they are asked for about in order, and each once.

    Items that are passed on the way wait to be asked for, at most 512 of them. Asking for an earlier one begins again.
    """

    def __init__(self, begin: Callable[[], Iterator[Item]]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._restart()

    def __getitem__(self, number: int) -> Item:
        """Item ``number``, counted from 0.

        Raises:
            OSError: reading failed there, or at an earlier item.
        """
        # What waits is taken without the lock, since another thread may hold it for as long as reading takes.
        if waiting := self._waiting.pop(number, None):
            return waiting[0]
        with self._lock:
            if waiting := self._waiting.pop(number, None):
                return waiting[0]
            if number < self._next:
                self._restart()
            while self._next < number:
                passed = self._next
                self._waiting[passed] = (self._read(),)
                if len(self._waiting) > MOST_WAITING:
                    self._waiting.pop(next(iter(list(self._waiting)), passed), None)
            return self._read()

    def _restart(self) -> None:
        self._items, self._next = self._begin(), 0
        self._waiting: dict[int, tuple[Item]] = {}
        self._failure = ""

    def _read(self) -> Item:
        # What failed once is not tried again: a damaged file would be read up to the damage for each image after it.
        if self._failure:
            raise OSError(self._failure)
        try:
            item = next(self._items)
        except Exception as error:
            self._failure = str(error) or "the file ends early"
            raise OSError(self._failure) from error
        self._next += 1
        return item
