"""The bytes that all logs of one process may take together."""

from typing import Protocol


class Tenant(Protocol):
    """A log that shares the room."""

    @property
    def room_bytes(self) -> int:
        """The bytes that this log takes."""

    def drop_oldest(self) -> bool:
        """Let the oldest exchange go; False when the newest is the only one."""


class Room:
    """`used` of `most` bytes are taken."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self._tenants: list[Tenant] = []

    def enter(self, tenant: Tenant) -> None:
        self._tenants.append(tenant)

    def leave(self, tenant: Tenant) -> None:
        """The bytes of this log are free again."""
        self._tenants.remove(tenant)
        self.used -= tenant.room_bytes

    def make_room(self) -> None:
        """The largest log lets its oldest exchanges go. So a new log is never starved, and a flood pushes out its own
        log."""
        while self.used > self.most:
            largest = max(self._tenants, key=lambda tenant: tenant.room_bytes)
            if not largest.drop_oldest():
                return
