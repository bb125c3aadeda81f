"""`python -m benchmarks [--quick] [--only NAME]`: measure, write `results.json`, print the table."""

import argparse
import json
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from benchmarks import freshness, growth, throughput
from benchmarks.loadgen import require_wrk
from benchmarks.machine import machine
from benchmarks.processes import NotHere
from benchmarks.report import Figure, table

RESULTS = Path(__file__).with_name("results.json")
SUBJECTS = ("throughput", "growth", "freshness")


def main() -> int:
    arguments = _arguments()
    try:
        require_wrk()
    except NotHere as reason:
        print(f"Nothing can be measured: {reason}.", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    about, began = machine(), monotonic()
    figures: list[Figure] = []
    skipped: dict[str, str] = {}
    with TemporaryDirectory(prefix="gatehouse-bench-") as directory:
        for subject in arguments.only or SUBJECTS:
            print(f"{subject} …", file=sys.stderr)
            more, without = _measure(subject, Path(directory), quick=arguments.quick, rounds=arguments.rounds)
            figures += more
            skipped |= without
    results = {
        "machine": about,
        "quick": arguments.quick,
        "seconds": round(monotonic() - began),
        "figures": [figure.as_json() for figure in figures],
        "skipped": skipped,
    }
    arguments.output.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    print(table(figures, skipped))
    return 0


def _measure(subject: str, directory: Path, *, quick: bool, rounds: int | None) -> tuple[list[Figure], dict[str, str]]:
    seconds = 1 if quick else 4
    if subject == "throughput":
        return throughput.measure(directory, rounds=rounds or (1 if quick else 7), seconds=seconds)
    if subject == "growth":
        return growth.measure(directory, rounds=rounds or (1 if quick else 3), seconds=seconds, quick=quick), {}
    return freshness.measure(directory, revokes=10 if quick else 200)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Gatehouse against its peers.")
    parser.add_argument("--quick", action="store_true", help="a short run of everything, to see that it works")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="one subject; can be given several times")
    parser.add_argument("--rounds", type=int, help="how often every contender is measured")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the JSON document goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
