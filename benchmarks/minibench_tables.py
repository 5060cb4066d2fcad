"""Does advice from other problems help? Searches over tables, one problem left out.

Four settings: FCNet (hyper-parameters and widths, four data sets), NAS-Bench-Graph (9
data sets), NAS-Bench-201 (CIFAR-10 and CIFAR-100, near twins), and CIFAR-100 in
NAS-Bench-201 with a database of NAS-Bench-101 and EC-NAS alone. Aging evolution
(population 30, sample 10) searches each with every kind of advice. Run it from the
repository::

    export EVONAS_DATA=…
    python benchmarks/minibench_tables.py build
    python benchmarks/minibench_tables.py run --seeds 100
    python benchmarks/minibench_tables_report.py

`run` goes on where it was interrupted: each finished kind of advice on one target is a
file. The advisor's settings are the product's defaults; they were chosen on seeds from
1000 up and are measured here on seeds from 0 up.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cluster import SimulatedExecutor
from evonas.build import (
    Resolved,
    find_knowledge,
    make_advisor,
    make_evaluator,
    make_strategy,
    resolve,
)
from evonas.compare.curve import Watch
from evonas.config import config_from_json
from evonas.run import Budget, Incumbent, run
from evonas.space import ConstraintSet
from evonas.space.text_form import from_values
from evonas.storage.files import replace_file
from minibench.advice import Knowledge
from minibench.constraint_text import write_constraints
from minibench.database import Database
from minibench.importers import import_into

WORK = Path("benchmark-runs/minibench-tables")
_201 = "nasbench201/nasbench201_cifar.csv.gz"
_101 = "nasbench101/nasbench101_30001.csv.gz"
_ECNAS = "ecnas/ecnas_4v_5v.csv.gz"
BEST, OTHERS = 50, 200


class Setting(NamedTuple):
    """Targets over one table, and the database that advises.

    Attributes:
        table: its name in a config's `task`.
        path: of its file below EVONAS_DATA; "": a package ships it.
        targets: data set → the problem's name in the database.
        sources: importer, file and data set of what is in the database.
        budget: trainings of a search.
        judged: `validation` (mean over the table's runs) or `test`.
    """

    table: str
    path: str
    targets: dict[str, str]
    sources: list[tuple[str, str, str]]
    budget: int
    judged: str


_FCNET = {
    "protein_structure": "protein",
    "slice_localization": "slice-localization",
    "naval_propulsion": "naval-propulsion",
    "parkinsons_telemonitoring": "parkinsons-telemonitoring",
}
_GRAPH = (
    *("cora", "citeseer", "pubmed", "cs", "physics", "photo"),
    *("computers", "arxiv", "proteins"),
)
SETTINGS = {
    "fcnet": Setting(
        "fcnet", "", _FCNET, [("fcnet", "", one) for one in _FCNET], 500, "validation"
    ),
    "graph": Setting(
        "nasbench_graph",
        "",
        {one: one for one in _GRAPH},
        [("nas-bench-graph", "", one) for one in _GRAPH],
        220,
        "validation",
    ),
    "twins": Setting(
        "nasbench201",
        _201,
        {"cifar10": "cifar10", "cifar100": "cifar100"},
        [("nasbench201", _201, "cifar10"), ("nasbench201", _201, "cifar100")],
        500,
        "test",
    ),
    "foreign": Setting(
        "nasbench201",
        _201,
        {"cifar100": "cifar100"},
        [("nasbench101", _101, ""), ("ecnas", _ECNAS, "4V"), ("ecnas", _ECNAS, "5V")],
        220,
        "test",
    ),
}

#: kind of advice → its `constraints` section, beside the database; None: no advice
ARMS: dict[str, dict[str, Any] | None] = {
    "none": None,
    "together": {},
    "seeding": {"mode": "off", "accept": 1.0},
    "constraints": {"accept": 1.0, "seeds": 0},
    "pruning": {"mode": "off", "seeds": 0},
    "own trainings only": {"mode": "off", "seeds": 0, "classifier": "none"},
    "misleading": {},
    "transfer": {"mode": "off", "accept": 1.0, "seeds": 50},
    "crude set": {},
    "random set": {},
    "union": {},
    "oracle": {},
}
#: those that are a constraint set alone, hard and with all values inside alike
SETS = ("crude set", "random set", "union", "oracle")
#: without a meaning where the spaces differ
NOT_FOREIGN = ("transfer", "crude set", "union", "random set")
#: random sets of equal size, in turn
RANDOM_SETS = 10


class Job(NamedTuple):
    """All seeds of one kind of advice on one target."""

    setting: str
    target: str
    arm: str
    seeds: int

    @property
    def file(self) -> Path:
        """Where the results go."""
        name = f"{self.setting}-{self.target}-{self.arm.replace(' ', '_')}"
        return WORK / "results" / f"{name}-{self.seeds}.json.gz"


def data(path: str) -> str | None:
    """A file below EVONAS_DATA; None for a package's table."""
    return str(Path(os.environ["EVONAS_DATA"]) / path) if path else None


def build() -> None:
    """Make the databases: the best cells of each table and an even draw of others."""
    for name, setting in SETTINGS.items():
        for kind in ("right", "misleading"):
            place = database_of(name, kind)
            if place.exists():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished = place.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            Database.create(unfinished)[0].close()
            with Database.open(str(unfinished)) as database:
                for importer, path, dataset in setting.sources:
                    best = BEST if kind == "right" else 1
                    options = {"dataset": dataset} if dataset else {}
                    import_into(
                        database,
                        importer,
                        data(path),
                        best=best,
                        others=BEST + OTHERS - best,
                        **options,
                    )
            if kind == "misleading":
                shuffle(unfinished)
            unfinished.rename(place)
            print(f"{place}: made", flush=True)


def shuffle(place: Path) -> None:
    """Give each cell of a database the measurements of another one of its problem."""
    with Database.open(str(place)) as database, database.reading() as reader:
        problems, records = reader.problems(), list(reader.records())
    rng = np.random.default_rng(0)
    by_cell: dict[tuple[str, str, str], list[Any]] = {}
    for one in records:
        key = one.problem, one.fingerprint, str(one.recipe)
        by_cell.setdefault(key, []).append(one)
    place.unlink()
    Database.create(place)[0].close()
    with Database.open(str(place)) as database, database.writing() as writer:
        for problem in problems.values():
            writer.put(problem)
            cells = [own for key, own in by_cell.items() if key[0] == problem.key]
            swapped = []
            for own, place_of in zip(cells, rng.permutation(len(cells)), strict=True):
                other = cells[place_of]
                for at, one in enumerate(own):
                    metrics = dict(other[min(at, len(other) - 1)].metrics)
                    swapped.append(one.again(metrics=metrics))
            writer.add(swapped)


def database_of(setting: str, kind: str) -> Path:
    """Path of a setting's database, with the right or with shuffled measurements."""
    return (WORK / f"{setting}-{kind}.sqlite").absolute()


@lru_cache(maxsize=64)
def resolved_of(setting: str, target: str, arm: str, number: int) -> Resolved:
    """A search's settings, but for its seed."""
    chosen = SETTINGS[setting]
    config: dict[str, Any] = {
        "task": {"table": chosen.table, "dataset": target},
        "strategy": {"name": "aging_evolution", "population": 30, "sample": 10},
        "budget": {"evaluations": chosen.budget},
    }
    if chosen.path:
        config["task"]["path"] = data(chosen.path)
    section = ARMS[arm]
    if arm in SETS:
        path = set_of(setting, target, arm, number)
        section = {"set": str(path), "mode": "hard", "accept": 1.0}
    elif section is not None:
        kind = "misleading" if arm == "misleading" else "right"
        section = {**section, "database": str(database_of(setting, kind))}
        section |= {"states": ["provisional"], "leave_out": [chosen.targets[target]]}
    if section is not None:
        config["constraints"] = section
    return resolve(config_from_json(config))


def set_of(setting: str, target: str, arm: str, number: int) -> Path:
    """The YAML file of a constraint set that one of the controls uses."""
    path = WORK / "sets" / f"{setting}-{target}-{arm.replace(' ', '_')}-{number}.yaml"
    if path.exists():
        return path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    chosen = SETTINGS[setting]
    own = arm == "oracle"
    section = {
        "database": str(
            database_of("twins" if own and setting == "foreign" else setting, "right")
        ),
        "states": ["provisional"],
        ("problems" if own else "leave_out"): [chosen.targets[target]],
        "classifier": "none",
        "best": BEST,
    }
    probe = resolved_of(setting, target, "none", 0)
    config = {**probe.config.to_json(), "constraints": section}
    known = find_knowledge(resolve(config_from_json(config)), None)
    assert known is not None
    least = 0.0 if arm == "union" else 0.05
    kept = used_values(known, least)
    if arm == "random set":
        kept = random_values(probe, kept, number)
    choices = {name: from_values(values) for name, values in kept.items()}
    write_constraints(path, ConstraintSet(choices=choices))
    return path.absolute()


def used_values(known: Knowledge, least: float) -> dict[str, list[Any]]:
    """Choice → values that enough of the sources' best use, all sources together."""
    counts: Counter[tuple[str, Any]] = Counter()
    networks = sum(one.sets.networks for one in known.sources)
    for source in known.sources:
        for item, support in source.sets.items.items():
            if item[0] == "choices":
                counts[str(item[1]), item[2]] += support.networks
    kept: dict[str, list[Any]] = {}
    for (name, value), count in counts.items():
        if count / networks >= least:
            kept.setdefault(name, []).append(value)
    return {name: sorted(values) for name, values in kept.items()}


def random_values(
    resolved: Resolved, kept: dict[str, list[Any]], number: int
) -> dict[str, list[Any]]:
    """As many values of each choice, drawn."""
    assert resolved.table is not None
    rng = np.random.default_rng([17, number])
    found = {}
    for name, domain in resolved.table.space(resolved.space.limits).choices.items():
        values = list(domain.values() or ())
        drawn = rng.permutation(len(values))[: len(kept.get(name, values))]
        found[name] = sorted(values[at] for at in drawn)
    return found


def play(setting: str, target: str, arm: str, seed: int) -> dict[str, Any]:
    """One search: improvements of the incumbent, and what the advisor has to report."""
    number = seed % RANDOM_SETS if arm == "random set" else 0
    resolved = resolved_of(setting, target, arm, number)
    knowledge = known_of(setting, target, arm, number)
    resolved = replace(resolved, config=resolved.config.replaced(seed=seed))
    table = resolved.table
    assert table is not None
    epochs = resolved.config.fidelity.epochs

    def judge(found: Incumbent) -> tuple[None, float]:
        assert found.request.candidate.cell is not None
        key = found.request.candidate.cell.key()
        value = table.test(key, epochs) if SETTINGS[setting].judged == "test" else None
        return None, table.mean_validation(key, epochs) if value is None else value

    watch = Watch(resolved.objectives[0].metric, judge)
    advisor = make_advisor(resolved, knowledge)
    with SimulatedExecutor(1, attrgetter("seconds")) as executor:
        summary = run(
            make_strategy(resolved, advisor, knowledge),
            make_evaluator(resolved, None),
            executor,
            Unwritten(),
            objectives=resolved.objectives,
            budget=Budget(**resolved.config.budget.model_dump()),
            advisor=advisor,
            observer=watch.observe,
        )
    points = [[one.evaluations, float(f"{one.judged:.6g}")] for one in watch.points]
    return {
        "points": points,
        "trainings": summary.state.accounting.evaluations,
        "advice": None if advisor is None else advisor.report(),
    }


@lru_cache(maxsize=64)
def known_of(setting: str, target: str, arm: str, number: int) -> Knowledge | None:
    """What the advisor knows; gathered once a process."""
    return find_knowledge(resolved_of(setting, target, arm, number), None)


class Unwritten:
    """A journal that nobody reads."""

    def append(self, event: str, payload: dict[str, Any]) -> int:
        """Keep nothing."""
        return 0


def do(job: Job) -> str:
    """All seeds of a job; its file is written at the end."""
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    runs = [play(job.setting, job.target, job.arm, seed) for seed in range(job.seeds)]
    seconds = time.perf_counter() - start
    found = {"runs": runs, "seconds": seconds, "allowed": allowed(job)}
    job.file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(job.file, gzip.compress(json.dumps(found).encode()))
    return f"{job.setting} {job.target}, {job.arm}: {seconds:.0f} s"


def allowed(job: Job) -> float | None:
    """Share of the space's combinations of values that the first set has inside."""
    resolved = resolved_of(job.setting, job.target, job.arm, 0)
    advisor = make_advisor(resolved, known_of(job.setting, job.target, job.arm, 0))
    revision = None if advisor is None else advisor.revise()
    if revision is None or revision.constraints is None or resolved.table is None:
        return None
    made = revision.constraints
    share = 1.0
    for name, domain in resolved.table.space(resolved.space.limits).choices.items():
        values = domain.values() or ()
        inside = made.choices.get(name)
        if inside is not None and values:
            share *= sum(map(inside.contains, values)) / len(values)
    return share if math.isfinite(share) else None


def jobs(settings: Iterable[str], arms: Iterable[str], seeds: int) -> list[Job]:
    """Those that are not done, the most important ones first."""
    found = [
        Job(setting, target, arm, seeds)
        for arm in arms
        for setting in settings
        for target in SETTINGS[setting].targets
        if not (
            setting == "foreign"
            and arm in ("transfer", "crude set", "union", "random set")
        )
    ]
    return [one for one in found if not one.file.exists()]


def main(words: list[str]) -> int:
    """Build, or run what is not done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("build", "run"))
    parser.add_argument(
        "--settings", nargs="+", default=list(SETTINGS), choices=SETTINGS
    )
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args(words)
    if given.step == "build":
        build()
        return 0
    left = jobs(given.settings, given.arms, given.seeds)
    with ProcessPoolExecutor(given.processes) as pool:
        tasks = [pool.submit(do, job) for job in left]
        for done, task in enumerate(as_completed(tasks), 1):
            print(f"{done}/{len(tasks)} {task.result()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
