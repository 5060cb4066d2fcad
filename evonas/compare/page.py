"""The comparison's files: tidy CSVs, JSON, pictures, and a page with the table."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evonas.compare.contestants import Contestant
from evonas.compare.folder import ComparisonFolder, Played
from evonas.compare.pictures import draw
from evonas.compare.yardstick import Yardstick
from evonas.storage.files import replace_file

RUN_COLUMNS = (
    "config",
    "strategy",
    "seed",
    "evaluations",
    "seconds",
    "validation",
    "test",
)
#: of the table of curves on the page, as far as the budget goes
_SHOWN = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_MEASURES = {
    "final": "at the end",
    "area_evaluations": "area under the curve, over evaluations",
    "area_seconds": "area under the curve, over seconds",
}


def write_files(
    folder: ComparisonFolder,
    contestants: Sequence[Contestant],
    played: Mapping[str, Sequence[Played]],
    summary: Mapping[str, Any],
) -> None:
    """Write everything that a comparison tells.

    Args:
        folder: of the comparison.
        contestants: what is compared.
        played: name of each → its runs.
        summary: of these runs, see `summarise`.
    """
    folder.write("runs.csv", _csv(RUN_COLUMNS, _run_rows(contestants, played)))
    rows = [_flat(row) for row in summary["configs"]]
    folder.write("summary.csv", _csv(list(rows[0]), [row.values() for row in rows]))
    folder.write("summary.json", json.dumps(summary, indent=1) + "\n")
    yardstick = Yardstick.of(contestants[0], played)
    seconds = "seconds" in summary["axes"]
    pictures = draw(played, yardstick, seconds=seconds)
    for name, png in pictures.items():
        replace_file(folder.root / name, png)
    folder.write("README.md", _page(summary, list(pictures)))


def _csv(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def _run_rows(
    contestants: Sequence[Contestant], played: Mapping[str, Sequence[Played]]
) -> Iterable[tuple[Any, ...]]:
    for one in contestants:
        for run in played[one.name]:
            for point in run.points:
                yield (
                    one.name,
                    one.strategy,
                    run.seed,
                    point.evaluations,
                    point.seconds,
                    point.validation,
                    "" if point.test is None else point.test,
                )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the summary without anything nested."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "ended":
            flat[name] = " ".join(f"{why}:{count}" for why, count in value.items())
        elif isinstance(value, Mapping):
            for part, inner in value.items():
                if part.endswith("_interval"):
                    ends = inner or ("", "")
                    flat[f"{name}_{part.removesuffix('_interval')}_low"] = ends[0]
                    flat[f"{name}_{part.removesuffix('_interval')}_high"] = ends[1]
                else:
                    flat[f"{name}_{part}"] = "" if inner is None else inner
        else:
            flat[name] = "" if value is None else value
    return flat


def _page(summary: Mapping[str, Any], pictures: Sequence[str]) -> str:
    yardstick, seeds = summary["yardstick"], summary["seeds"]
    budget = ", ".join(f"{value:g} {name}" for name, value in summary["budget"].items())
    percent = yardstick["metric"].endswith("_accuracy")
    names = ", ".join(one["config"] for one in summary["configs"])
    lines = [
        f"# {summary['task']}: {names}",
        "",
        f"{len(seeds)} seed{'' if len(seeds) == 1 else 's'} each, budget {budget}; "
        "incumbents are chosen by validation alone. "
        f"Intervals are 95 % bootstrap intervals over the seeds"
        f"{'; one seed gives none' if len(seeds) == 1 else ''}"
        f"{'. Accuracies and their regrets are in percent' if percent else ''}.",
        "",
        *yardstick["notes"],
        "",
        *_ends_table(summary, 100.0 if percent else 1.0),
        "",
        *_curve_table(summary, 100.0 if percent else 1.0),
        "",
        *_verdicts(summary),
        "",
        *_pairs_table(summary, 100.0 if percent else 1.0),
        "",
        *(f"![{name}]({name})\n" for name in pictures),
        "Raw: `runs.csv` (the incumbent, a row an improvement and one at the end), "
        "`summary.csv`, `summary.json`, `configs/`.",
    ]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    written = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(row)} |" for row in written]


def _ends_table(summary: Mapping[str, Any], scale: float) -> list[str]:
    told = summary["yardstick"]["told"]
    head = [
        "config",
        "evaluations",
        "networks",
        "validation",
        "test",
        f"{told}, mean",
        "median",
    ]
    areas = [name for name in _MEASURES if name in summary["configs"][0]][1:]
    head += [_MEASURES[name] for name in areas]
    rows = []
    for row in summary["configs"]:
        end = row["final"]
        rows.append(
            [
                row["config"],
                f"{row['evaluations']:.4g}",
                f"{row['networks']:.4g}",
                _number(row["validation"], scale),
                "–" if row["test"] is None else _number(row["test"], scale),
                _with_interval(end["mean"], end["mean_interval"], scale),
                _with_interval(end["median"], end["median_interval"], scale),
                *(
                    _with_interval(row[name]["mean"], row[name]["mean_interval"], scale)
                    for name in areas
                ),
            ]
        )
    return _table(head, rows)


def _curve_table(summary: Mapping[str, Any], scale: float) -> list[str]:
    """The mean of what incumbents count after some evaluations."""
    best = summary["yardstick"]["best_known"]
    points = summary["checkpoints"]["evaluations"]
    points = [one for one in points if one["at"] in _SHOWN or one is points[-1]]
    names = [row["config"] for row in summary["configs"]]
    sign = 1.0 if summary["yardstick"]["direction"] == "maximise" else -1.0

    def value(mean: float) -> str:
        return _number(mean if best is None else best - sign * mean, scale)

    return [
        f"The incumbent's {summary['yardstick']['curve_metric']}, mean after so many "
        "evaluations:",
        "",
        *_table(
            ["config", *(f"{one['at']:g}" for one in points)],
            [[name, *(value(one[name]["mean"]) for one in points)] for name in names],
        ),
    ]


def _verdicts(summary: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, found in summary["verdict"].items():
        who = (
            f"**{found['winner']}** is ahead of every other one"
            if found["winner"]
            else f"no winner; {found['leader']} has the best mean, but "
            f"{found['why_none']}"
        )
        lines.append(f"- {_MEASURES[name].capitalize()}: {who}.")
    return lines


def _pairs_table(summary: Mapping[str, Any], scale: float) -> list[str]:
    """Tests of the ends; those of the areas are in `summary.json`."""
    if not summary["pairs"]["final"]:
        return []
    rows = [
        [
            pair["first"],
            pair["second"],
            _with_interval(pair["first_ahead_by"], pair["interval"], scale),
            f"{pair['wins']}/{pair['ties']}/{pair['losses']}",
            f"{pair['p_corrected']:.2g}",
        ]
        for pair in summary["pairs"]["final"]
    ]
    head = [
        "config",
        "against",
        "ahead by, at the end",
        "won/even/lost",
        "p (Wilcoxon, Holm)",
    ]
    return _table(head, rows)


def _with_interval(value: float, ends: Sequence[float] | None, scale: float) -> str:
    shown = _number(value, scale)
    if ends is None:
        return shown
    low, high = (_number(end, scale) for end in ends)
    return f"{shown} [{low}, {high}]"


def _number(value: float, scale: float) -> str:
    """Two decimals for percent, else four digits."""
    if math.isnan(value):
        return "–"
    return f"{value * scale:.2f}" if scale != 1 else f"{value:.4g}"
