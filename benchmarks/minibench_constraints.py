"""The thresholds of the merge, tuned on the database that comes along.

Each problem is left out in turn: how much of what its best networks use lies outside
the set that the others make, and how much of all values is left.

    python benchmarks/minibench_constraints.py            # below a minute
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from minibench.cli import main as minibench
from minibench.cli.tuning import known_problems
from minibench.constraints import USUAL, Thresholds
from minibench.database import Database
from minibench.merge_tuning import GRID, Tried, Tuning, tune
from minibench.reviews import State

OUT = Path(__file__).parents[1] / "docs" / "results" / "minibench-constraints"
BEST = 50
#: share and tail before they were tuned
BEFORE = Thresholds(0.2, 0.6, 0.05, 0.05)
_HEAD = """\
# How narrow the sets of the database that comes along may be

Each of {count} problems was left out in turn as the one that is searched next; the
others of its modality were merged as they would be for it. *Outside*: share of the
values that its best networks use (50 of each, numbers on the common grid) which the set
does not have, the mean over networks and problems. *Networks*: those with anything
outside. *Left*: share of all values, of each place where the networks of the modality
differ, which the set has, the mean over places: whoever drew evenly would have so many
inside. Chosen are the thresholds that leave least with at most {rate:.0%} outside.

![outside against left](left.png)

"""
_TAIL = """
*By the others*: with the thresholds that are chosen where the problem does not count;
their mean is what a new problem may expect. `{skipped}` was not left out: no other
problem is of its modality.

At {rate:.0%} the sets leave {left:.0%} of all values, and {networks:.0%} of the
held-out best have at least one value outside. So what the best networks of these short
searches use is hardly less than what there is, and a hard set would narrow a space
little and still refuse most of the best as they are. How *often* values are used, which
soft sets draw by, is not measured here.

```console
$ python benchmarks/minibench_constraints.py
```

`minibench constraints --tune` gives the same table of any database. Nothing is drawn at
random: there is no seed. {seconds:.0f} s of processor time on one of two cores
({machine}) of a virtual machine that others use as well; Python {python}, NumPy
{numpy}.
"""


def main() -> None:
    """Tune, write figures, picture and page."""
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "shipped.sqlite")
        assert minibench(["init", "--db", db]) == 0
        assert minibench(["import", "shipped", "--db", db]) == 0
        with Database.open(db) as database, database.reading() as reader:
            known = known_problems(reader, (), BEST, (State.APPROVED,))
    begun = time.process_time()
    found = tune(known)
    seconds = time.process_time() - begun
    OUT.mkdir(parents=True, exist_ok=True)
    figures = {**found.to_json(), "processor_seconds": seconds}
    (OUT / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    picture(found, OUT / "left.png")
    (OUT / "README.md").write_text(page(found, seconds))
    print(f"{OUT}: {found.chosen.to_json()}")


def page(found: Tuning, seconds: float) -> str:
    """The page with its tables."""
    chosen = found.chosen
    text = _HEAD.format(count=len(chosen.held), rate=found.false_rejection)
    rows = [one for one in found.frontier() if one.mean("values") < 0.15]
    rows += [one for one in found.tried if one.thresholds == BEFORE]
    rows.sort(key=lambda one: -one.mean("left"))
    text += table(
        (*GRID, "outside", "networks", "left", ""),
        [
            [
                *(f"{value:g}" for value in asdict(one.thresholds).values()),
                *(f"{one.mean(name):.1%}" for name in ("values", "networks", "left")),
                mark(one, found),
            ]
            for one in rows
        ],
    )
    text += "\n" + table(
        (
            *("problem left out", "outside", "networks", "left", "merged"),
            *("outside, by the others", "left, by the others"),
        ),
        [
            [
                f"`{key.partition('@')[0]}`",
                f"{held.values:.1%}",
                f"{held.networks:.0%}",
                f"{held.left:.0%}",
                ", ".join(f"`{one.partition('@')[0]}`" for one in held.merged),
                f"{found.honest[key].values:.1%}",
                f"{found.honest[key].left:.0%}",
            ]
            for key, held in chosen.held.items()
        ]
        + [
            [
                "mean",
                *(
                    f"{chosen.mean(name):.1%}"
                    for name in ("values", "networks", "left")
                ),
                "",
                f"{np.mean([one.values for one in found.honest.values()]):.1%}",
                f"{np.mean([one.left for one in found.honest.values()]):.1%}",
            ]
        ],
    )
    return text + _TAIL.format(
        rate=found.false_rejection,
        skipped="`, `".join(key.partition("@")[0] for key in found.skipped),
        left=chosen.mean("left"),
        networks=chosen.mean("networks"),
        seconds=seconds,
        machine=platform.machine(),
        python=platform.python_version(),
        numpy=np.__version__,
    )


def mark(one: Tried, found: Tuning) -> str:
    """What a row is, where it is more than one of many."""
    words = ["chosen"] if one.thresholds == found.chosen.thresholds else []
    words += ["the defaults"] if one.thresholds == USUAL else []
    words += ["before"] if one.thresholds == BEFORE else []
    return ", ".join(words)


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def picture(found: Tuning, path: Path) -> None:
    """Every choice of thresholds as a point."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    outside, left = (
        [[100 * one.mean(name) for one in part] for part in (found.tried, [])]
        for name in ("values", "left")
    )
    axes.scatter(outside[0], left[0], s=9, color="0.7", label="all that were tried")
    front = found.frontier()
    axes.plot(
        [100 * one.mean("values") for one in front],
        [100 * one.mean("left") for one in front],
        color="tab:blue",
        label="narrowest for what they reject",
    )
    (before,) = (one for one in found.tried if one.thresholds == BEFORE)
    for name, one, colour in (
        ("chosen", found.chosen, "tab:red"),
        ("before", before, "black"),
    ):
        axes.scatter(
            100 * one.mean("values"), 100 * one.mean("left"), color=colour, label=name
        )
    axes.axvline(100 * found.false_rejection, color="0.5", linestyle=":")
    axes.plot([0, 25], [100, 75], color="0.85", zorder=0, label="no better than chance")
    axes.set_xlabel("values of held-out best networks outside (%)")
    axes.set_ylabel("values that are left (%)")
    axes.set_xlim(0, None)
    axes.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
