"""``async with``."""

from __future__ import annotations

from types import TracebackType
from typing import Optional, Type, TypeVar

from tstream._object import LibraryObject

_Self = TypeVar("_Self", bound="AsyncObject")


class AsyncObject(LibraryObject):
    """Holds one object of the library, and lets go of it where a block of ``async with`` ends."""

    async def aclose(self) -> None:
        """As close(), without holding up the event loop."""
        self.close()

    async def __aenter__(self: _Self) -> _Self:
        return self.__enter__()

    async def __aexit__(self, kind: Optional[Type[BaseException]],
                        error: Optional[BaseException],
                        traceback: Optional[TracebackType]) -> None:
        await self.aclose()
