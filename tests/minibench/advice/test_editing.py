"""A person's word on a constraint set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evonas.errors import ConfigError
from evonas.space import Choice, ConstraintSet
from minibench.advice import given_set, read_edit, write_edit
from minibench.constraint_text import constraints_text

MADE = ConstraintSet(
    {"conv": {"kernel": Choice((3,))}},
    Choice(("sum",)),
    provenance={"why": "I say so"},
    mode="soft",
    weights={"merges": {"sum": 1.0}},
)


@pytest.mark.parametrize("hold", [True, False])
def test_an_edit_goes_through_its_file(tmp_path: Path, hold: bool) -> None:
    """With whether it is the last word."""
    path = tmp_path / "constraints.yaml"
    write_edit(path, MADE, hold=hold)
    found = read_edit(path)
    assert found.constraints == MADE
    assert found.note == {"by": "person", "hold": hold, "hash": MADE.content_hash()}


def test_a_set_written_by_hand_is_the_last_word(tmp_path: Path) -> None:
    """Unless it says otherwise."""
    path = tmp_path / "constraints.yaml"
    path.write_text(constraints_text(MADE))
    assert read_edit(path).note["hold"] is True


def test_an_edit_that_is_wrong_is_told(tmp_path: Path) -> None:
    """With file and key."""
    path = tmp_path / "constraints.yaml"
    path.write_text("format: 2\nmerges: [sums]\n")
    with pytest.raises(ConfigError, match=r"constraints\.yaml, line 2: merges"):
        read_edit(path)
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        read_edit(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("name", ["full", "limited"])
def test_ready_sets_come_along(name: str) -> None:
    """In the mode that is wanted."""
    found = given_set(name, "soft", 0.2)
    assert (found.mode, found.outside) == ("soft", 0.2)
    assert found.blocks


def test_a_set_of_a_file_is_given(tmp_path: Path) -> None:
    """The mode of the file does not matter."""
    path = tmp_path / "mine.yaml"
    path.write_text(constraints_text(MADE))
    assert given_set(str(path), "hard", 0.4) == replace(MADE, mode="hard", outside=0.4)
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        given_set(str(tmp_path / "nowhere.yaml"), "hard", 0.4)
