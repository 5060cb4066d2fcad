"""The page of `minibench_tables.py`: tables, pictures, and which goals are met.

    python benchmarks/minibench_tables_report.py --seeds 100

It reads what `run` has left, whatever there is of it, and writes
`docs/results/minibench-tables`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from minibench_tables import ARMS, SETTINGS, Job, resolved_of
from numpy.typing import NDArray

from evonas.run import versions
from evonas.storage.files import replace_file

mpl.use("Agg")
import matplotlib.pyplot as plt

RESULTS = Path(__file__).parent.parent / "docs" / "results" / "minibench-tables"
#: trainings of the search without advice whose level is to be reached
LEVEL = 200
CHECKED = {"fcnet": (10, 50, 200, 500), "graph": (10, 50, 100, 200)}
CHECKED |= {"twins": (10, 50, 200, 500), "foreign": (10, 50, 100, 200)}
TITLES = {
    "fcnet": "FCNet: mean log-regret of the incumbent (lower is better)",
    "graph": "NAS-Bench-Graph: validation metric of the incumbent, per cent",
    "twins": "NAS-Bench-201, near twins: test accuracy of the incumbent, per cent",
    "foreign": "CIFAR-100 in NAS-Bench-201, advised by NAS-Bench-101 and EC-NAS: "
    "test accuracy of the incumbent, per cent",
}
DRAWS = 2_000
Curves = NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """All seeds of one kind of advice on one target."""

    job: Job
    data: dict[str, Any]

    @cached_property
    def curves(self) -> Curves:
        """(seeds, trainings): what the incumbent is worth; log-regret or a share."""
        budget = SETTINGS[self.job.setting].budget
        found = np.full((len(self.data["runs"]), budget + 1), np.nan)
        for row, one in enumerate(self.data["runs"]):
            for trainings, value in one["points"]:
                found[row, trainings:] = value
        if self.job.setting == "fcnet":
            return np.log(found[:, 1:] / least_error(self.job.target))
        return 100 * found[:, 1:]

    @property
    def sign(self) -> int:
        """1 where more is better."""
        return -1 if self.job.setting == "fcnet" else 1

    def after(self, trainings: int) -> tuple[float, float]:
        """Mean after so many trainings, and its standard error."""
        values = self.curves[:, trainings - 1]
        return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)

    @property
    def refused(self) -> float | None:
        """Share of the judged candidates that was refused."""
        advice = [one["advice"] for one in self.data["runs"] if one["advice"]]
        if not advice:
            return None
        refused = sum(one["pruned"] for one in advice)
        trained = sum(one["trainings"] for one in self.data["runs"])
        return refused / (refused + trained)


@cache
def least_error(dataset: str) -> float:
    """Least mean validation error of FCNet's table."""
    table = resolved_of("fcnet", dataset, "none", 0).table
    assert table is not None
    found = table.best_validation(max(table.epochs))
    assert found is not None
    return found


def read(seeds: int) -> dict[tuple[str, str, str], Result]:
    """What there is: (setting, target, kind of advice) → its result."""
    found = {}
    for setting, chosen in SETTINGS.items():
        for target in chosen.targets:
            for arm in ARMS:
                job = Job(setting, target, arm, seeds)
                if job.file.exists():
                    data = json.loads(gzip.decompress(job.file.read_bytes()))
                    found[setting, target, arm] = Result(job, data)
    return found


def reach(mean: Curves, level: float, sign: int) -> int | None:
    """Trainings until a mean curve is as good as a level; None: never."""
    there = sign * mean >= sign * level - 1e-12
    return int(np.argmax(there)) + 1 if there.any() else None


def reached(result: Result, none: Result) -> tuple[int | None, int | None, int | None]:
    """Trainings to the level of the search without advice, with a 95 % interval.

    Seeds of both are drawn anew; an end that is None was not reached.
    """
    sign = result.sign
    level = float(none.curves[:, LEVEL - 1].mean())
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        own = rng.integers(len(result.curves), size=len(result.curves))
        other = rng.integers(len(none.curves), size=len(none.curves))
        drawn = none.curves[other, LEVEL - 1].mean()
        found = reach(result.curves[own].mean(axis=0), float(drawn), sign)
        draws.append(np.inf if found is None else found)
    low, high = np.quantile(draws, [0.025, 0.975], method="nearest")
    return (
        reach(result.curves.mean(axis=0), level, sign),
        int(low) if np.isfinite(low) else None,
        int(high) if np.isfinite(high) else None,
    )


def worse_bound(result: Result, none: Result, trainings: int) -> float:
    """One-sided 95 % bound of how much worse it is than without advice."""
    own, other = result.curves[:, trainings - 1], none.curves[:, trainings - 1]
    worse = result.sign * (other.mean() - own.mean())
    error = (own.var(ddof=1) / len(own) + other.var(ddof=1) / len(other)) ** 0.5
    return float(worse + 1.645 * error)


def section(setting: str, found: dict[tuple[str, str, str], Result]) -> Iterator[str]:
    """The lines of one setting: a table for each target, and a picture."""
    targets = [
        one for one in SETTINGS[setting].targets if (setting, one, "none") in found
    ]
    if not targets:
        return
    yield f"## {TITLES[setting].partition(':')[0]}\n"
    yield f"![curves]({setting}.png)\n"
    for target in targets:
        none = found[setting, target, "none"]
        checked = CHECKED[setting]
        yield f"**{target}** ({TITLES[setting].partition(': ')[2]})\n"
        heads = [f"after {one}" for one in checked]
        yield (
            f"| advice | {' | '.join(heads)} | trainings to the level of {LEVEL} "
            "without advice | worse at the end by at most | inside the set | refused |"
        )
        yield "|---" * (len(heads) + 5) + "|"
        for arm in ARMS:
            result = found.get((setting, target, arm))
            if result is not None:
                yield row(result, none, checked)
        yield ""


def row(result: Result, none: Result, checked: Sequence[int]) -> str:
    """One kind of advice."""
    digits = 3 if result.job.setting == "fcnet" else 2
    cells = []
    for trainings in checked:
        mean, error = result.after(trainings)
        cells.append(f"{mean:.{digits}f} ± {1.96 * error:.{digits}f}")
    there, low, high = reached(result, none)
    words = [str(one) if one is not None else "never" for one in (there, low, high)]
    cells.append(f"{words[0]} [{words[1]}, {words[2]}]")
    bound = "–"
    if result is not none:
        bound = f"{worse_bound(result, none, checked[-1]):.{digits}f}"
    inside, refused = result.data["allowed"], result.refused
    cells.append(bound)
    cells.append("–" if inside is None else f"{100 * inside:.3g} %")
    cells.append("–" if not refused else f"{100 * refused:.0f} %")
    return f"| {result.job.arm} | {' | '.join(cells)} |"


def picture(setting: str, found: dict[tuple[str, str, str], Result]) -> None:
    """Mean curves of every kind of advice, one panel a target."""
    targets = [
        one for one in SETTINGS[setting].targets if (setting, one, "none") in found
    ]
    if not targets:
        return
    columns = min(3, len(targets))
    rows = -(-len(targets) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4.2 * columns, 3.1 * rows), squeeze=False
    )
    colours = dict(zip(ARMS, plt.get_cmap("tab20").colors, strict=False))
    for place, axis in enumerate(axes.flat):
        if place >= len(targets):
            axis.axis("off")
            continue
        target = targets[place]
        for arm in ARMS:
            result = found.get((setting, target, arm))
            if result is None:
                continue
            mean = result.curves.mean(axis=0)
            wide = 2.2 if arm in ("none", "together") else 1.0
            style = "--" if arm == "none" else "-"
            colour = "black" if arm == "none" else colours[arm]
            axis.plot(
                np.arange(1, len(mean) + 1),
                mean,
                style,
                color=colour,
                linewidth=wide,
                label=arm,
            )
        axis.set_title(target, fontsize=9)
        axis.set_xscale("log")
        axis.set_xlabel("trainings", fontsize=8)
        axis.tick_params(labelsize=7)
        frame(
            axis,
            [found[setting, target, a] for a in ARMS if (setting, target, a) in found],
        )
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=6, fontsize=7)
    figure.tight_layout(rect=(0, 0.04 + 0.06 / rows, 1, 1))
    picture_bytes = io.BytesIO()
    figure.savefig(picture_bytes, dpi=120, metadata={"Software": None})
    plt.close(figure)
    replace_file(RESULTS / f"{setting}.png", picture_bytes.getvalue())


def frame(axis: Any, results: Sequence[Result]) -> None:
    """Leave out how bad the very first networks are, so that the rest can be seen."""
    if results[0].sign < 0:
        axis.set_yscale("symlog", linthresh=0.01)
        axis.set_ylim(bottom=0)
        return
    ends = [one.curves.mean(axis=0) for one in results]
    top = max(float(np.nanmax(one)) for one in ends)
    bottom = min(float(one[min(29, len(one) - 1)]) for one in ends)
    axis.set_ylim(bottom - 0.3 * (top - bottom), top + 0.05 * (top - bottom))


def goals(found: dict[tuple[str, str, str], Result]) -> Iterator[str]:
    """Which goals are met, with the figures that say so."""

    def all_of(setting: str, *arms: str) -> list[str]:
        return [
            target
            for target in SETTINGS[setting].targets
            if all(
                (setting, target, arm) in found for arm in ("none", "together", *arms)
            )
        ]

    for target in all_of("fcnet", "crude set"):
        own, crude, none = (
            found["fcnet", target, arm] for arm in ("together", "crude set", "none")
        )
        (first, error), (other, wide) = own.after(50), crude.after(50)
        bound = worse_bound(own, none, 500)
        yield (
            f"| FCNet, {target}: at 50 as good as the crude set | {first:.3f} ± "
            f"{1.96 * error:.3f} against {other:.3f} ± {1.96 * wide:.3f} | "
            f"{'met' if first <= other else 'missed'} |"
        )
        yield (
            f"| FCNet, {target}: at 500 never worse (bound below 0.02) | "
            f"{own.after(500)[0]:.3f} against {none.after(500)[0]:.3f}, bound "
            f"{bound:.3f} | {'met' if bound < 0.02 else 'not shown'} |"
        )
    graphs = all_of("graph")
    if graphs:
        there = [
            reached(found["graph", one, "together"], found["graph", one, "none"])[0]
            for one in graphs
        ]
        middle = float(np.median([np.inf if one is None else one for one in there]))
        words = ", ".join(
            f"{a} {b or 'never'}" for a, b in zip(graphs, there, strict=True)
        )
        verdict = "met" if middle <= LEVEL / 3 else "missed"
        yield (
            f"| NAS-Bench-Graph: median of the trainings to the level of {LEVEL} at "
            f"most {LEVEL / 3:.0f} | {middle:g} ({words}) | {verdict} |"
        )
    for target in all_of("twins", "transfer"):
        own, plain, none = (
            found["twins", target, arm] for arm in ("together", "transfer", "none")
        )
        bound = worse_bound(own, none, 500)
        yield (
            f"| near twins, {target}: at 10 as good as plain transfer | "
            f"{own.after(10)[0]:.2f} against {plain.after(10)[0]:.2f} | "
            f"{'met' if own.after(10)[0] >= plain.after(10)[0] - 1e-9 else 'missed'} |"
        )
        yield (
            f"| near twins, {target}: at 500 never worse (bound below 0.1) | "
            f"{own.after(500)[0]:.2f} against {none.after(500)[0]:.2f}, bound "
            f"{bound:.3f} | {'met' if bound < 0.1 else 'not shown'} |"
        )
    for target in all_of("foreign"):
        first, low, high = reached(
            found["foreign", target, "together"], found["foreign", target, "none"]
        )
        yield (
            f"| other space, {target}: at most 60 trainings to the level of {LEVEL} | "
            f"{first} [{low}, {high}] | "
            f"{'met' if first is not None and first <= 60 else 'missed'} |"
        )
    for setting in SETTINGS:
        for target in all_of(setting, "misleading"):
            first, low, high = reached(
                found[setting, target, "misleading"], found[setting, target, "none"]
            )
            fine = first is not None and first <= 1.1 * LEVEL
            yield (
                f"| misleading database, {setting} {target}: at most {1.1 * LEVEL:.0f} "
                f"| {first or 'never'} [{low or 'never'}, {high or 'never'}] | "
                f"{'met' if fine else 'missed'} |"
            )


def summary(found: dict[tuple[str, str, str], Result]) -> bytes:
    """Every figure as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["setting", "target", "advice", "seeds", "trainings", "mean", "standard_error"]
    )
    for (setting, target, arm), result in found.items():
        for trainings in CHECKED[setting]:
            mean, error = result.after(trainings)
            writer.writerow(
                [
                    *(setting, target, arm, result.job.seeds, trainings),
                    *(f"{mean:.6g}", f"{error:.3g}"),
                ]
            )
    return text.getvalue().encode()


HEADER = """\
# Does advice from other problems help? Searches over tables

Aging evolution (population 30, sample 10) with the advice of a database that never
holds the target, {seeds} seeds (0 to {last}) of every kind of advice:

- *none*; *together*: the defaults of `constraints:`; of these alone: *seeding*,
  *constraints* (the soft set), *pruning*;
- *own trainings only*: the filter without any database; *misleading*: together, from a
  database of evenly drawn cells whose measurements were given to each other;
- *transfer*: the best of the other problems are trained one after the other (50), then
  evolution goes on from them;
- hard sets with all values inside alike: *crude set* (what at least 5 % of the others'
  best 50 use), *random set* (as many values of each choice, ten sets), *union* (what
  any of them uses), *oracle* (made of the target's own best 50).

Values are means with 95 % intervals over seeds. "Worse at the end by at most" is the
one-sided 95 % bound against *none*. The settings were chosen on seeds from 1000 up, by
looking at these same targets; the seeds here had no part in that.

```
python benchmarks/minibench_tables.py build
python benchmarks/minibench_tables.py run --seeds {seeds}
python benchmarks/minibench_tables_report.py --seeds {seeds}
```

A kind of advice that a table lacks was not run there yet.

Machine: two x86_64 cores. Versions: {versions}.

## Goals

| goal | measured | |
|---|---|---|
"""


def main(words: list[str]) -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    seeds = parser.parse_args(words).seeds
    found = read(seeds)
    known = {"python": platform.python_version(), **versions()}
    head = HEADER.format(
        seeds=seeds,
        last=seeds - 1,
        versions=", ".join(f"{name} {one}" for name, one in sorted(known.items())),
    )
    RESULTS.mkdir(parents=True, exist_ok=True)
    lines = [head + "\n".join(goals(found)), ""]
    for setting in SETTINGS:
        picture(setting, found)
        lines += section(setting, found)
    replace_file(RESULTS / "README.md", ("\n".join(lines) + "\n").encode())
    replace_file(RESULTS / "summary.csv", summary(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
