"""A page as a person meets it: its elements, their text, the fields of its forms and what is said beside them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "b", "bdi", "code", "strong", "time"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list["Element | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """This element and every one inside it, in the order of the page."""
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part

    @property
    def text(self) -> str:
        """In one line; the texts of elements inside included."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, Element):
                yield from part._texts()
                yield " " if part.tag not in INLINE else ""
            else:
                yield part

    def get(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Attributes by name, `_` for `-`."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self
            if (not tag or element.tag == tag)
            and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements are {tag} {attributes}"
        return found[0]

    def field(self, name: str) -> "Element":
        """The field of a form by the name it is sent under."""
        return next(element for element in self if element.get("name") == name and element.tag != "button")

    def error_of(self, name: str) -> str:
        """What is said beside a field about what was typed, tied to it as screen readers need it; empty if nothing."""
        typed = self.field(name)
        if typed.get("aria-invalid") != "true":
            return ""
        (place,) = [part for part in typed.get("aria-describedby").split() if part.endswith("_error")]
        return self.one(id=place).text

    @property
    def form(self) -> dict[str, str]:
        """What the form in the dialog (or else the page's main one) would send as it stands, without a button."""
        (form,) = [form for form in self.all("form", method="post") if "dialog-body" in form.get("class")] or [
            form for form in self.all("form", method="post") if "card" in form.get("class")
        ]
        return dict(_sent(form))


def _sent(form: Element) -> Iterator[tuple[str, str]]:
    for element in form:
        name = element.get("name")
        if element.tag == "input" and name:
            if element.get("type") != "checkbox":
                yield name, element.get("value")
            elif "checked" in element.attributes:
                yield name, element.attributes.get("value", "on")
        elif element.tag == "select":
            options = element.all("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            yield name, chosen[0].get("value")


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        names = [element.tag for element in self.open]
        if tag in names[1:]:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(answer: Any) -> Element:
    """The page of a response."""
    builder = _Builder()
    builder.feed(answer.content.decode())
    builder.close()
    return builder.root


def rows(page: Element, list_id: str) -> list[Element]:
    """The rows of a list on a page."""
    bodies: list[Element] = page.one(id=list_id).all("tbody")
    return [row for body in bodies for row in body.all("tr")]


def said(page: Element) -> list[str]:
    """The messages that a page brings from the one before."""
    return [element.text for element in page.one(id="toasts").all("p")]


def events(answer: Any) -> Mapping[str, Any]:
    """What a fragment tells the page around it (`HX-Trigger`)."""
    told: dict[str, Any] = json.loads(answer.headers.get("HX-Trigger", "{}"))
    return told
