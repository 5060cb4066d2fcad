"""The page of the reference networks, from their result files alone."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from references_candidates import Reference

from evonas.storage.files import replace_file

#: quantiles of Student's t for 95 %, by degrees of freedom
_STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447}
_NORMAL = 1.96
#: metrics that are correlations, whose own error over the test samples is known
_CORRELATIONS = ("matthews", "pearson")

_HEAD = """\
# Reference networks

Do tasks and training reach what is known to be reachable? Hand-written candidates; the
one with the best mean validation metric over two seeds is trained with further seeds,
and each of these networks is tested once.

| problem | goal | candidate | test metric | mean | 95 % interval | baselines |
|---|---|---|---|---|---|---|
"""
_FOOT = """
The interval is Student's over the seeds; for correlations (`matthews`, `pearson`) it
also has the error of a test set of this size, (1 − r²) / √(n − 1), added in squares.
Baselines are measured on the same test samples. CoLA's test set is its two development
sets together, and its loss gives both classes the same say.

CoLA was trained twice. The first networks were 48 wide and came to 0.100 (words), 0.107
(Treebank) and 0.045 (mini) on the test set, below the goal; wider ones were then tried
on validation alone (13 settings, seeds 201 to 204: 0.125 for 48, 0.138 for 128, 0.157
for 256), and the widest is the one above. So its test set has been opened for two
networks.

A pulse is sharp, and the highest peak of its spectrum mostly a multiple of the heart's
rate, which is why the plain FFT peak is far off; a frequency with its double beside it
is the baseline to beat.

    EVONAS_DATA=... python benchmarks/references.py run
    python benchmarks/references.py report
"""


def report(references: Sequence[Reference], results: Path) -> None:
    """Write `README.md` beside the results; problems without results have no row."""
    rows, details = [], []
    for reference in references:
        path = results / f"{reference.name}.json"
        if not path.exists():
            continue
        facts = json.loads(path.read_text())
        runs = _tested(reference, facts, results)
        if runs:
            rows.append(_row(reference, facts, runs))
            details.append(_detail(reference, facts, runs))
    if not rows:
        print("references: nothing was measured yet, so no page is written")
        return
    text = _HEAD + "\n".join(rows) + "\n\n" + "\n".join(details) + "\n" + _FOOT
    replace_file(results / "README.md", text.encode())
    print(results / "README.md")


def interval(values: Sequence[float], samples: int, metric: str) -> float:
    """Half the width of the 95 % interval of a mean over seeds."""
    freedom = len(values) - 1
    if freedom < 1:
        return float("nan")
    spread = statistics.stdev(values) / len(values) ** 0.5
    width = _STUDENT.get(freedom, _NORMAL) * spread
    if metric in _CORRELATIONS:
        mean = statistics.fmean(values)
        width = (
            width**2 + (_NORMAL * (1 - mean**2) / (samples - 1) ** 0.5) ** 2
        ) ** 0.5
    return width


def _tested(
    reference: Reference, facts: dict[str, Any], results: Path
) -> list[dict[str, Any]]:
    """The records of the chosen candidate that read the test set."""
    paths = sorted(results.glob(f"{reference.name}-{facts['chosen']}-*.json"))
    runs = [json.loads(path.read_text()) for path in paths]
    return [run for run in runs if f"test_{facts['metric']}" in run["metrics"]]


def _row(
    reference: Reference, facts: dict[str, Any], runs: list[dict[str, Any]]
) -> str:
    metric = facts["metric"]
    values = [run["metrics"][f"test_{metric}"] for run in runs]
    mean, half = (
        statistics.fmean(values),
        interval(values, facts["test_samples"], metric),
    )
    baselines = "; ".join(
        f"{name} {found[metric]:.3f}" for name, found in facts["baselines"].items()
    )
    return (
        f"| {reference.title} | {reference.goal} | {facts['chosen']} | {metric} | "
        f"{mean:.3f} ({len(values)} seeds) | {mean - half:.3f} to {mean + half:.3f} | "
        f"{baselines} |"
    )


def _detail(
    reference: Reference, facts: dict[str, Any], runs: list[dict[str, Any]]
) -> str:
    tried = ", ".join(f"{name} {v:.3f}" for name, v in facts["validation"].items())
    others = [f"Validation {facts['metric']}: {tried}"] if tried else []
    for name in reference.metrics:
        values = [run["metrics"][f"test_{name}"] for run in runs]
        others.append(f"test {name} {statistics.fmean(values):.3f}")
    seconds = statistics.fmean(run["seconds"] for run in runs)
    parameters = runs[0]["cost"]["parameters"]
    return (
        f"- **{reference.title}**: {facts['source']}; {facts['test_samples']:,} test "
        f"samples. {'. '.join([*others, ''])}"
        f"{parameters:,} parameters, {runs[0]['epochs']:g} epochs, {seconds:.0f} s of "
        "wall time at the lowest priority."
    )
