"""What the manager costs: milliseconds per evaluation that does nothing.

The real session (run directory, journal, snapshots, inline execution) with an evaluator
that returns at once. `prepared` hands out candidates made beforehand, so that only
loop and journal count; `random` and `codeepneat` make theirs as in a search. The time
must not grow with the records there are::

    python benchmarks/manager.py --records 100000 --out docs/results/manager
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster import InlineExecutor
from evonas.candidate import Candidate
from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Plan, RunState, Session, versions
from evonas.search import STRATEGIES, SearchStrategy, StrategyContext
from evonas.space import ConstraintSet, default_space
from evonas.storage import RunDirectory
from evonas.storage.files import replace_file

SHAPE = (1, 8, 8)
#: records around which the time is taken, and over how many
POINTS = (100, 1_000, 10_000, 100_000)
WINDOW = 100


class Nothing(Evaluator):
    """Evaluates nothing."""

    def evaluate(self, request: Request) -> Record:
        """A record with a figure that depends on the request alone."""
        value = (request.seed % 997) / 997
        return Record(
            request.request_id,
            request.candidate.key(),
            request.fidelity,
            Outcome.OK,
            {"validation_accuracy": value},
            cost={"parameters": 1000},
        )


class Prepared(SearchStrategy):
    """Hands out the same few candidates over and over."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self._candidates = candidates
        self._next = 0

    def ask(self, count: int) -> list[Request]:
        """The next requests."""
        first, self._next = self._next, self._next + count
        fidelity = Fidelity()
        return [
            Request(n, self._candidates[n % len(self._candidates)], fidelity, n)
            for n in range(first, self._next)
        ]

    def tell(self, request: Request, record: Record) -> None:
        """Nothing to learn."""

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Nothing to learn."""

    def constrain(self, constraints: ConstraintSet) -> None:
        """Nothing to restrict."""

    @property
    def done(self) -> bool:
        """Never."""
        return False

    def state(self) -> dict[str, Any]:
        """Where it stands."""
        return {"next": self._next}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._next = state["next"]


def strategy(name: str) -> SearchStrategy:
    """A fresh strategy by its name in the table."""
    context = StrategyContext(default_space("image", SHAPE), SHAPE, 10)
    entry = STRATEGIES["random" if name == "prepared" else name]
    made = entry.make(entry.settings(), context)
    if name == "prepared":
        return Prepared([one.candidate for one in made.ask(50)])
    return made


def measure(name: str, records: int) -> dict[int, float]:
    """Records so far → milliseconds an evaluation over the last `WINDOW` of them."""
    told_at: list[float] = []

    def observer(event: str, _: RunState) -> None:
        if event == "told":
            told_at.append(time.perf_counter())

    plan = Plan(
        strategy=strategy(name),
        evaluator=Nothing(),
        objectives=(Objective("validation_accuracy"),),
        budget=Budget(records),
        final=None,
        seed=0,
        config_digest="",
    )
    with tempfile.TemporaryDirectory() as folder:
        directory = RunDirectory.create(Path(folder) / "run", "seed: 0\n")
        with (
            InlineExecutor() as executor,
            Session(directory, plan, executor, observer=observer) as session,
        ):
            session.run()
    points = {}
    for point in POINTS:
        if point <= len(told_at):
            spent = told_at[point - 1] - told_at[max(0, point - WINDOW)]
            points[point] = 1000 * spent / min(WINDOW - 1, point - 1)
    points[0] = 1000 * (told_at[-1] - told_at[0]) / (len(told_at) - 1)
    return points


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--out", type=Path, help="folder of the results")
    arguments = parser.parse_args()
    figures = {}
    for name, share in (("prepared", 1.0), ("random", 0.1), ("codeepneat", 0.1)):
        figures[name] = measure(name, max(1000, int(share * arguments.records)))
        print(name, figures[name], file=sys.stderr, flush=True)
    lines = [
        "# Manager time per evaluation, in milliseconds",
        "",
        f"Mean over the last {WINDOW} evaluations before the given number of records, "
        "and over the whole run (snapshots included); a no-op evaluator, inline "
        "execution, journal and snapshots on. `prepared`: loop and journal alone.",
        "",
        "| strategy | " + " | ".join(f"{p:,}" for p in POINTS) + " | whole run |",
        "|---" * (len(POINTS) + 2) + "|",
    ]
    for name, points in figures.items():
        cells = [f"{points[p]:.2f}" if p in points else "" for p in (*POINTS, 0)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        f"Machine: two {platform.machine()} CPU cores. Versions: "
        + ", ".join(f"{key} {value}" for key, value in versions().items())
        + ".",
        "",
        f"    python benchmarks/manager.py --records {arguments.records}",
        "",
    ]
    print("\n".join(lines))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        replace_file(arguments.out / "README.md", "\n".join(lines).encode())
        text = json.dumps({"figures": figures, "versions": versions()}, indent=1)
        replace_file(arguments.out / "figures.json", text.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
