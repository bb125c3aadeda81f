"""The benchmark's arithmetic: medians, ratios round by round, verdicts, and the table."""

import pytest

from benchmarks.report import Figure, percentile, ratios, table


def test_a_figure_is_the_median_with_the_lowest_and_the_highest_round() -> None:
    figure = Figure.of("Requests per second", "/authz", [30.0, 10.0, 20.0, 1000.0])
    assert (figure.value, figure.low, figure.high) == (25.0, 10.0, 1000.0)


def test_ratios_compare_what_was_measured_in_the_same_round() -> None:
    """A round in which the machine was busy slowed both, and says the same as the others."""
    assert ratios([100.0, 10.0, 100.0], [50.0, 5.0, 25.0]) == [2.0, 2.0, 4.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("rounds", "at_least", "at_most", "reached"),
    [
        ([0.92, 0.93, 0.99], 0.93, None, True),
        ([0.92, 0.92, 0.99], 0.93, None, False),
        ([1.25, 1.25, 9.0], None, 1.25, True),
        ([1.26, 1.26, 1.0], None, 1.25, False),
        ([0.0], None, 0, True),
        ([1.0], None, 0, False),
        ([5.0], None, None, None),
    ],
)
def test_the_median_decides_what_is_reached(
    rounds: list[float], at_least: float | None, at_most: float | None, reached: bool | None
) -> None:
    figure = Figure.of("Compared", "one / other", rounds, at_least=at_least, at_most=at_most)
    assert figure.reached is reached
    assert figure.as_json()["reached"] is reached


@pytest.mark.parametrize(("percent", "value"), [(50, 100), (99, 198), (99.5, 199), (100, 200), (0, 1)])
def test_percentile_is_a_value_that_was_measured(percent: float, value: int) -> None:
    assert percentile(range(200, 0, -1), percent) == value


def test_percentile_of_a_single_value() -> None:
    assert percentile([7.0], 99) == 7.0


def test_table_says_what_fell_short_and_who_was_skipped() -> None:
    printed = table(
        [
            Figure.of("Requests per second", "/authz", [12345.6]),
            Figure.of("Compared", "/authz / hello", [0.61, 0.55, 0.7], at_least=0.5),
            Figure.of("Compared", "/authz / nginx", [0.2], at_least=0.3),
        ],
        {"better-auth": "there is no Node.js here"},
    )
    rows = {line.split("|")[1].strip(): line for line in printed.splitlines() if line.startswith("|")}
    assert "12,346" in rows["/authz"]
    assert "reached" in rows["/authz / hello"]
    assert "0.55 – 0.70" in rows["/authz / hello"]
    assert "SHORT" in rows["/authz / nginx"]
    assert "≥ 0.3" in rows["/authz / nginx"]
    assert "skipped: better-auth: there is no Node.js here" in printed
