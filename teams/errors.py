"""What a service refuses, in words for the person who asked."""


class RefusedChange(Exception):
    """A change that cannot be made. `field` names the input it is about, if it is about one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
