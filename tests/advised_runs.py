"""Run directories of searches that an advisor took part in, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench_records import SHAPE
from small_networks import convolutional

from evonas.advice import Revision
from evonas.candidate import Candidate, Recipe
from evonas.config.source import to_yaml
from evonas.evaluation import Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.space import ConstraintSet, default_space
from evonas.space.text_form import from_values
from evonas.storage import Journal, RunDirectory
from minibench.advice import AdviceSettings, Knowledge, Source
from minibench.class_sets import ClassSets, Support

OBJECTIVE = Objective("validation_accuracy", "maximise")
SPACE = default_space("image", SHAPE)


def sets(problem: str, **kernels: float) -> ClassSets:
    """A problem whose best convolutions have kernels so often: `k3=0.8`."""
    items = {
        ("blocks", "conv"): Support(50, [f"{problem[:4]}-a", f"{problem[:4]}-b"]),
        **{
            ("blocks.conv", "kernel", int(name[1:])): Support(
                round(50 * share), [f"{problem[:4]}-{name}"]
            )
            for name, share in kernels.items()
        },
    }
    return ClassSets(problem, 50, items)


def knowledge(**changes: Any) -> Knowledge:
    """What an advisor knows that two problems of images count for."""
    fields: dict[str, Any] = {
        "task": "dots@v1",
        "settings": AdviceSettings(mode="soft"),
        "sources": (
            Source(sets("mnist@v1", k3=0.8, k5=0.2), 0.7, "|ΔDCN| 0.02"),
            Source(sets("rings@v1", k5=1.0), 0.3, "|ΔDCN| 0.11"),
        ),
    }
    return Knowledge(**{**fields, **changes})


def constraints(*kernels: int, **changes: Any) -> ConstraintSet:
    """A set of convolutions with these kernels, backed by two problems."""
    users = {
        "mnist@v1": {"share": 0.8, "records": ["mnis-k3"]},
        "rings@v1": {"share": 0.1, "records": ["ring-k3"]},
    }
    fields: dict[str, Any] = {
        "blocks": {"conv": {"kernel": from_values(kernels)}},
        "mode": "soft",
        "outside": 0.2,
        "provenance": {
            "problems": {
                "mnist@v1": {"weight": 0.7, "networks": 50},
                "rings@v1": {"weight": 0.3, "networks": 50},
            },
            "items": {"blocks.conv.kernel": {str(one): users for one in kernels}},
        },
    }
    return ConstraintSet(**{**fields, **changes})


def note(weights: Mapping[str, float], **changes: Any) -> dict[str, Any]:
    """What the advisor notes at a reclassification."""
    fields: dict[str, Any] = {
        "told": 0,
        "reclassified": True,
        "elite": 5,
        "posterior": None,
        "weights": dict(weights),
        "merged": {},
        "kept": [],
        "loosened": 0,
        "false_rejection": None,
        "cache": {"asked": 0, "hits": 0, "rate": None},
        "hash": None,
    }
    return {**fields, **changes}


def refusal(stage: str = "ask", **changes: Any) -> dict[str, Any]:
    """A refusal as the journal has it."""
    fields: dict[str, Any] = {
        "subject": "key",
        "stage": stage,
        "rule": "unlikely to be among the best",
        "confidence": 0.8,
        "nearest": "mnis-k3",
    }
    return {**fields, **changes}


def request(number: int, **origin: Any) -> Request:
    """A request of the search."""
    candidate = Candidate(convolutional(filters=4 + number % 8), Recipe())
    return Request(number, candidate, Fidelity(1.0), number, origin=origin)


class Written:
    """A run directory that is being written.

    Args:
        path: of it; it does not exist yet.
        known: what its advisor knows; None: it has none.
        section: its config's `constraints`.
    """

    def __init__(
        self,
        path: Path,
        known: Knowledge | None,
        section: Mapping[str, Any] | None = None,
    ) -> None:
        given = {"database": "bench.sqlite", "mode": "soft"}
        config: dict[str, Any] = {
            "task": {"name": "digits"},
            "strategy": {"name": "random"},
            "budget": {"evaluations": 100},
            "objectives": [{"metric": OBJECTIVE.metric, "direction": "maximise"}],
            "space": SPACE.to_json(),
        }
        if known is not None or section is not None:
            config["constraints"] = dict(section or given)
        self.path = path
        self._directory = RunDirectory.create(path, to_yaml(config))
        if known is not None:
            known.write(path)
        self._journal = Journal.create(self._directory.journal, "digest")
        self._told = 0

    def revised(self, revision: Revision, event: str = "constrained") -> None:
        """The space was thought over."""
        self._journal.append(event, revision.to_json())

    def trained(
        self, accuracy: float, *refused: Mapping[str, Any], **origin: Any
    ) -> None:
        """One more candidate, after some refusals."""
        asked = request(self._told, **origin)
        payload: dict[str, Any] = {"count": 1, "requests": [asked.to_json()]}
        if refused:
            payload["refused"] = [dict(one) for one in refused]
        self._journal.append("asked", payload)
        record = Record(
            asked.request_id,
            asked.candidate.key(),
            asked.fidelity,
            Outcome.OK,
            metrics={OBJECTIVE.metric: accuracy},
        )
        data = {"record": record.to_json(), "elapsed": 1.0, "workers": 1}
        self._journal.append("told", data)
        self._told += 1

    def closed(self, status: str = "stopped") -> Path:
        """Close the journal, with a result."""
        self._journal.close()
        self._directory.write_result({"status": status})
        return self.path
