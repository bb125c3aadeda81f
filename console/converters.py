"""Parts of paths."""

from django.urls import register_converter

from teams.public_ids import LENGTH


class RowNumber:
    """The number of a row, no greater than databases count."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, text: str) -> int:
        return int(text)

    def to_url(self, number: int) -> str:
        return str(number)


class KeyId:
    """The public ID of a key; no other word below `keys/` is as long."""

    regex = "[0-9A-Za-z]{%d}" % LENGTH  # noqa: UP031 - braces are the expression's

    def to_python(self, text: str) -> str:
        return text

    def to_url(self, key_id: str) -> str:
        return key_id


register_converter(KeyId, "key")
register_converter(RowNumber, "row")
