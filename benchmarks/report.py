"""Figures, whether they reach what they should, and the table that tells it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

HEADINGS = ("what", "median", "lowest – highest", "to reach", "")


@dataclass(frozen=True)
class Figure:
    """The median of several rounds, with the lowest and the highest of them."""

    subject: str
    name: str
    value: float
    low: float
    high: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @classmethod
    def of(
        cls,
        subject: str,
        name: str,
        rounds: Sequence[float],
        *,
        unit: str = "",
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> "Figure":
        return cls(subject, name, median(rounds), min(rounds), max(rounds), unit, at_least, at_most)

    @property
    def reached(self) -> bool | None:
        """None for a figure that has nothing to reach."""
        if self.at_least is None and self.at_most is None:
            return None
        return not (
            (self.at_least is not None and self.value < self.at_least)
            or (self.at_most is not None and self.value > self.at_most)
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reached": self.reached}


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round: what slows the machine down for a while slows both. Raises `ValueError` if the rounds differ."""
    return [one / other for one, other in zip(over, under, strict=True)]


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest of the values that at least so many percent of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def number(value: float) -> str:
    if value != 0 and abs(value) < 10:
        return f"{value:.2f}"
    return f"{value:,.0f}"


def table(figures: Sequence[Figure], skipped: dict[str, str]) -> str:
    """As Markdown, so that it can be pasted into the documentation."""
    rows = [HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines, subject = [], None
    for figure, row in zip([None, *figures], rows, strict=True):
        if figure is not None and figure.subject != subject:
            subject = figure.subject
            lines += ["", f"{subject}", "", _line(HEADINGS, widths), _line(["-" * width for width in widths], widths)]
        if figure is not None:
            lines.append(_line(row, widths))
    lines += ["", *(f"skipped: {name}: {reason}" for name, reason in skipped.items())]
    return "\n".join(lines).strip() + "\n"


def _row(figure: Figure) -> tuple[str, ...]:
    unit = f" {figure.unit}" if figure.unit else ""
    wanted = ""
    if figure.at_least is not None:
        wanted = f"≥ {figure.at_least:g}{unit}"
    elif figure.at_most is not None:
        wanted = f"≤ {figure.at_most:g}{unit}"
    verdict = {None: "", True: "reached", False: "SHORT"}[figure.reached]
    spread = f"{number(figure.low)} – {number(figure.high)}" if figure.low != figure.high else ""
    return figure.name, number(figure.value) + unit, spread, wanted, verdict


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
