"""A person's edit of a running search's set, as the search finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.build import Resolved, resolve
from evonas.build.advice import Edits
from evonas.config import config_from_json
from evonas.errors import EvonasWarning
from evonas.space import Choice, ConstraintSet
from minibench.advice import write_edit

WAITING, TAKEN = "constraints.yaml", "constraints-taken.yaml"
REFUSED = "constraints-refused.yaml"


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    """Settings of a search over digits."""
    settings = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 1},
    }
    return resolve(config_from_json(settings))


def test_an_edit_is_found_once(tmp_path: Path, resolved: Resolved) -> None:
    """It is kept under another name when it was taken up, and only then."""
    edits = Edits(tmp_path, resolved)
    with edits.waiting() as edit:
        assert edit is None
    made = ConstraintSet({"conv": {"kernel": Choice((3,))}})
    write_edit(tmp_path / WAITING, made, hold=False)
    with pytest.raises(KeyError, match="killed"), edits.waiting():
        raise KeyError("killed")
    with edits.waiting() as edit:
        assert edit is not None
        assert edit.constraints == made
        assert edit.note["hold"] is False
        assert (tmp_path / WAITING).exists()
    assert (tmp_path / TAKEN).exists()
    with edits.waiting() as edit:
        assert edit is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format: 2\nblocks: {lstm: {}}\n", "allows none of the space's blocks"),
        ("format: 2\nblocks: {conv: {kernel: 99}}\n", "which leaves nothing"),
        ("format: 2\nmode: strict\n", "line 2: mode: expected one of"),
    ],
)
def test_an_edit_that_cannot_be_used_does_not_end_the_search(
    tmp_path: Path, resolved: Resolved, text: str, message: str
) -> None:
    """It is told, kept under another name, and the search goes on as before."""
    (tmp_path / WAITING).write_text(text)
    with (
        pytest.warns(EvonasWarning, match=message),
        Edits(tmp_path, resolved).waiting() as edit,
    ):
        assert edit is None
    assert (tmp_path / REFUSED).read_text() == text
    assert not (tmp_path / WAITING).exists()
