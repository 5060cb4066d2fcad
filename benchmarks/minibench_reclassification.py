"""What it takes to judge a candidate, and to reclassify a search with an elite of 100.

    python benchmarks/minibench_reclassification.py --out docs/results/minibench-advice

An advisor that knows the ten problems of the database that comes along observes
trainings of networks of layers, drawn from the default space of `digits`. After 90 it
judges new ones; after 500 it thinks the space over: with all that was encoded before
remembered, as a search has it, and with nothing remembered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from evonas.advice import Revision
from evonas.build import Resolved, find_knowledge, make_advisor, resolve
from evonas.candidate import Candidate
from evonas.config import config_from_json
from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.genome import NetworkGenomes
from evonas.storage.files import replace_file
from minibench.advice import Knowledge
from minibench.cli import main as minibench

#: trainings, of which a fifth are the elite
TRAININGS = 500
#: of these, after which candidates are judged: the filter has not begun to fade
EARLY = 90
JUDGED = 200
#: layers of the networks that are judged
LAYERS = (26, 34)
NAMES = (
    *("digits", "mnist", "fashion-mnist", "heart-rate", "osuleaf", "cola"),
    *("japanesevowels_eq", "protein", "breast-cancer", "diabetes"),
)


def main(words: list[str]) -> int:
    """Measure, print, and write the figures where a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    out = parser.parse_args(words).out
    with tempfile.TemporaryDirectory() as folder:
        db = f"{folder}/minibench.sqlite"
        assert minibench(["init", "--db", db]) == 0
        assert minibench(["import", "shipped", "--db", db]) == 0
        settings = {
            "task": {"name": "digits"},
            "strategy": {"name": "random"},
            "budget": {"evaluations": TRAININGS},
            "constraints": {"database": db, "problems": list(NAMES)},
        }
        resolved = resolve(config_from_json(settings))
        knowledge = find_knowledge(resolved, None)
    assert knowledge is not None
    found = measured(resolved, knowledge)
    print(json.dumps(found, indent=2))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / "cost.json", json.dumps(found, indent=2).encode())
    return 0


def measured(resolved: Resolved, knowledge: Knowledge) -> dict[str, Any]:
    """Milliseconds of judging and of reclassifying."""
    task = resolved.task
    genomes = NetworkGenomes(resolved.space, task.input_shape, task.outputs)
    rng = np.random.default_rng(0)
    advisor = make_advisor(resolved, knowledge)
    assert advisor is not None
    first = advisor.revise()
    assert first is not None
    advisor.take(first)

    def train(numbers: range) -> None:
        for number in numbers:
            candidate = genomes.decode(genomes.draw(rng))
            metrics = {"validation_accuracy": float(rng.random())}
            key = candidate.key()
            advisor.observe(
                Request(number, candidate, Fidelity(), number),
                Record(number, key, Fidelity(), Outcome.OK, metrics=metrics),
            )

    train(range(EARLY))
    _timed(advisor)
    judged = _judged(advisor, genomes, rng)
    train(range(EARLY, TRAININGS))
    nothing_known = _timed(advisor)
    train(range(TRAININGS, TRAININGS + 1))
    advisor._due = 0  # type: ignore[attr-defined]  # reclassify again at once
    remembered = _timed(advisor)
    return {
        "problems": len(knowledge.sources),
        "elite": 100,
        "judge_median_ms": round(statistics.median(judged), 3),
        "judge_p95_ms": round(float(np.quantile(judged, 0.95)), 3),
        "reclassify_ms": round(remembered, 1),
        "reclassify_nothing_encoded_ms": round(nothing_known, 1),
    }


def _judged(
    advisor: Any, genomes: NetworkGenomes, rng: np.random.Generator
) -> list[float]:
    """Milliseconds of each candidate, none of which was seen before."""
    found: list[float] = []
    while len(found) < JUDGED:
        drawn = genomes.decode(genomes.draw(rng))
        if not LAYERS[0] <= len(drawn.architecture.layers) <= LAYERS[1]:
            continue
        fresh = Candidate.from_json(drawn.to_json())
        fresh.key()  # the search has asked for it before
        began = time.process_time()
        advisor.judge(fresh, "mutate")
        found.append(1e3 * (time.process_time() - began))
    return found


def _timed(advisor: Any) -> float:
    began = time.process_time()
    revision: Revision | None = advisor.revise()
    assert revision is not None
    advisor.take(revision)
    return 1e3 * (time.process_time() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
