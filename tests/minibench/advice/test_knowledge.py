"""What an advisor knew at the start is a file of the run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evonas.errors import RunDirectoryError
from evonas.space import Choice, ConstraintSet
from minibench.advice import AdviceSettings, Knowledge, read_knowledge
from minibench.advice.knowledge import NAME
from minibench.constraints import Thresholds

GIVEN = ConstraintSet(merges=Choice(("sum",)), mode="soft")


def test_it_goes_through_its_file(knowledge: Knowledge, tmp_path: Path) -> None:
    """With everything in it: classifiers, seeds, a topology, a person's set."""
    settings = AdviceSettings("hard", 0.3, 0.2, 0.1, 3, 7, Thresholds(tail=0.05))
    full = replace(
        knowledge, settings=settings, topology=knowledge.seeds[0].candidate
    ).with_set(GIVEN)
    full.write(tmp_path)
    again = read_knowledge(tmp_path)
    assert again is not None
    assert again.to_json() == full.to_json()
    assert again.settings == settings
    assert (again.seeds, again.topology) == (full.seeds, full.topology)
    assert (again.weights, again.given) == (full.weights, GIVEN)
    assert again.sources == full.sources
    assert again.classifiers is not None
    assert full.classifiers is not None
    one = full.seeds[0].candidate
    judged = again.classifiers.judge(one.architecture, (1, 8, 8), one.recipe)
    before = full.classifiers.judge(one.architecture, (1, 8, 8), one.recipe)
    assert judged.best == pytest.approx(before.best)


def test_the_least_that_can_be_known(tmp_path: Path) -> None:
    """Nothing but the task."""
    one = Knowledge("dots@v1", AdviceSettings(), unjudged="no database")
    assert read_knowledge(tmp_path) is None
    one.write(tmp_path)
    assert read_knowledge(tmp_path) == one
    assert one.weights == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected what the advisor of the run knew .*; restore the file from"),
        ("{}", "got KeyError: 'format'; restore the file from a copy"),
        ("[]", "got TypeError.*; restore the file from a copy"),
        ('{"format": 1}', "got KeyError.*; restore the file from a copy"),
        ('{"format": 2}', "expected format 1, got 2; resume the run with the version"),
        ("\xff\xfe", "restore the file from a copy"),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    """With its name, and what to do."""
    (tmp_path / NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(RunDirectoryError, match=rf"knowledge\.json: .*{complaint}"):
        read_knowledge(tmp_path)


def test_a_file_that_holds_something_else_is_told(tmp_path: Path) -> None:
    """A part of the wrong kind, or of a set that no space knows."""
    one = Knowledge("dots@v1", AdviceSettings(), given=GIVEN).to_json()
    for key, value in (
        ("settings", {"mode": "hard"}),
        ("sources", [{"sets": None}]),
        ("seeds", 3),
        ("given", {"format": 9}),
        ("classifiers", {"format": 99}),
        ("topology", {"architecture": None}),
    ):
        (tmp_path / NAME).write_text(json.dumps({**one, key: value}))
        with pytest.raises(RunDirectoryError, match="restore the file from a copy"):
            read_knowledge(tmp_path)
