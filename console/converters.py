"""Parts of paths."""

from django.urls import register_converter


class RowNumber:
    """The number of a row, no greater than databases count."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, text: str) -> int:
        return int(text)

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(RowNumber, "row")
