"""What a service refuses, in words for the person who asked."""

from contextvars import ContextVar
from typing import ClassVar

noticed: ContextVar[list["RefusedChange"] | None] = ContextVar("noticed", default=None)
"""Where refusals are gathered for the audit trail (see `teams.refusals`), if somebody gathers them."""


class RefusedChange(Exception):
    """A change that cannot be made. `field` names the input it is about, if it is about one."""

    is_audited: ClassVar[bool] = True
    """Whether the refusal belongs into the audit trail."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        refused = noticed.get()
        if refused is not None:
            refused.append(self)


class Mistyped(RefusedChange):
    """What was typed cannot be meant; nobody has tried anything."""

    is_audited = False
