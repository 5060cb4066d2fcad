"""The advisor of a config: what it knows, and what a person makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench_database import make_database

from evonas.build import find_knowledge, make_advisor, resolve
from evonas.build.advice import EDITED, REFUSED, TAKEN, Edits
from evonas.config import config_from_json
from evonas.errors import ConfigError, DatabaseError, EvonasWarning
from evonas.space import Choice, ConstraintSet
from evonas.storage import RunDirectory
from minibench.advice import write_edit
from minibench.constraint_text import constraints_text

MADE = ConstraintSet({"conv": {}}, Choice(("sum",)), mode="soft")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file."""
    return make_database(tmp_path_factory.mktemp("bench") / "b.sqlite")


def resolved(**section: Any) -> Any:
    """A search over digits with this section."""
    usual = {"states": ["provisional"], "best": 8} if "database" in section else {}
    return resolve(
        config_from_json(
            {
                "task": {"name": "digits"},
                "strategy": {"name": "random"},
                "budget": {"evaluations": 2},
                "constraints": {**usual, **section},
            }
        )
    )


def test_without_the_section_nobody_advises() -> None:
    """And nothing is looked for."""
    plain = resolved()
    assert find_knowledge(plain, None) is None
    assert make_advisor(plain, None) is None


def test_knowledge_is_gathered_once_and_stays_with_the_run(
    database: Path, tmp_path: Path
) -> None:
    """Whatever becomes of the database."""
    copy = tmp_path / "b.sqlite"
    copy.write_bytes(database.read_bytes())
    settings = resolved(database=str(copy), classifier="none", mode="hard")
    run = RunDirectory.create(tmp_path / "run", "seed: 0\n")
    found = find_knowledge(settings, run)
    assert found is not None
    written = (run.root / "knowledge.json").read_bytes()
    assert found.settings.mode == "hard"
    assert (found.classifiers, found.unjudged) == (None, "not wanted")
    copy.unlink()
    again = find_knowledge(settings, run)
    assert again is not None
    assert again.to_json() == found.to_json() == json.loads(written)
    assert (run.root / "knowledge.json").read_bytes() == written
    other = RunDirectory.create(tmp_path / "other", "seed: 0\n")
    with pytest.raises(DatabaseError, match=r"constraints\.database: .*b\.sqlite"):
        find_knowledge(settings, other)
    assert not (other.root / "knowledge.json").exists()


def test_searches_of_one_process_ask_once(database: Path) -> None:
    """However many seeds; what they find out of candidates is shared."""
    one = resolved(database=str(database), classifier="none")
    data = {**one.config.to_json(), "seed": 7}
    other = resolve(config_from_json(data))
    assert find_knowledge(one, None) is find_knowledge(other, None)


def test_a_set_of_ones_own_needs_no_database(tmp_path: Path) -> None:
    """It is applied in the section's mode; what is wrong with it is told."""
    path = tmp_path / "mine.yaml"
    path.write_text(constraints_text(MADE))
    found = find_knowledge(resolved(set=str(path), mode="hard"), None)
    assert found is not None
    assert found.given is not None
    assert (found.given.mode, found.unjudged) == ("hard", "no database")
    assert found.sources == ()
    path.write_text("format: 2\nmerges: [sums]\n")
    with pytest.raises(ConfigError, match=r"constraints\.set: .*mine\.yaml, line 2"):
        find_knowledge(resolved(set=str(path), mode="hard", audit=0.1), None)


def test_a_classifier_of_a_file_must_be_one(database: Path, tmp_path: Path) -> None:
    """Or it is told where it was named."""
    path = tmp_path / "c.json"
    path.write_text("{}")
    settings = resolved(database=str(database), classifier=str(path))
    with pytest.raises(ConfigError, match=r"constraints\.classifier: .*c\.json"):
        find_knowledge(settings, None)


def test_an_edit_waits_until_it_is_taken(tmp_path: Path) -> None:
    """Then it is put aside; without one nothing waits."""
    edits = Edits(tmp_path, resolved())
    with edits.waiting() as edit:
        assert edit is None
    write_edit(tmp_path / EDITED, MADE, hold=True)
    with pytest.raises(RuntimeError, match="killed"), edits.waiting():
        raise RuntimeError("killed")
    assert (tmp_path / EDITED).exists()  # it was not taken
    with edits.waiting() as edit:
        assert edit is not None
        assert edit.constraints == MADE
        assert (tmp_path / EDITED).exists()
    assert not (tmp_path / EDITED).exists()
    assert (tmp_path / TAKEN).exists()
    with edits.waiting() as edit:
        assert edit is None


def test_an_edit_that_cannot_be_read_or_used_is_put_aside(tmp_path: Path) -> None:
    """With a warning that says why, and the search goes on."""
    edits = Edits(tmp_path, resolved())
    (tmp_path / EDITED).write_text("format: 2\nmerges: [sums]\n")
    with (
        pytest.warns(EvonasWarning, match=r"line 2: merges.*goes on as before"),
        edits.waiting() as edit,
    ):
        assert edit is None
    assert (tmp_path / REFUSED).exists()
    write_edit(tmp_path / EDITED, MADE, hold=True)
    with (
        pytest.warns(EvonasWarning, match=rf"leaves nothing.*file is {REFUSED} now"),
        edits.waiting() as edit,
    ):
        raise ConfigError("it leaves nothing")
    assert not (tmp_path / EDITED).exists()
    assert not (tmp_path / TAKEN).exists()
