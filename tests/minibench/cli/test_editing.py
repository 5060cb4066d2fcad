"""`minibench constraints --edit`: a person's word on a search's constraint set."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from advised_runs import Written, constraints, knowledge, note

from evonas.advice import Revision
from evonas.space import ConstraintSet
from evonas.storage import RunDirectory
from minibench.advice import read_edit
from minibench.cli import main
from minibench.constraint_text import read_constraints, write_constraints

RUN = Path("run")
WAITING = RUN / "constraints.yaml"
DRAFT = RUN / "constraints-draft.yaml"
WEIGHTS = {"mnist@v1": 0.7, "rings@v1": 0.3}

#: makes an editor of a command of the shell that has the file as "$1"
Editor = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, beside a run that has stopped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    run = Written(RUN, knowledge())
    run.revised(Revision(constraints(1, 3), note(WEIGHTS)))
    run.trained(0.5)
    run.closed()
    return tmp_path


@pytest.fixture
def editor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Sets $VISUAL to a script."""

    def made(commands: str) -> None:
        script = folder / "my editor.sh"
        script.write_text(f"#!/bin/sh\necho edited >> edits\n{commands}\n")
        script.chmod(0o755)
        monkeypatch.setenv("VISUAL", f"'{script}'")

    return made


def edit(*words: str, code: int = 0) -> None:
    """Run the command."""
    assert main(["constraints", "--edit", "run", *words]) == code


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What it answers with in JSON."""
    capsys.readouterr()
    edit(*words, "--json")
    return json.loads(capsys.readouterr().out)


def waiting() -> tuple[ConstraintSet, bool]:
    """The edit that the search will find."""
    found = read_edit(WAITING)
    assert found.constraints is not None
    return found.constraints, found.note["hold"]


def test_an_edited_set_waits_for_the_search(
    editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was changed, and when it is taken up; provenance stays."""
    editor("""sed -i 's/ kernel: .*/ kernel: [3, 5]/' "$1" """)
    edit()
    said = capsys.readouterr().out
    assert "~ blocks.conv.kernel: + 5, - 1" in said
    assert "taken up by `evonas resume run`; from then on the set stays" in said
    made, hold = waiting()
    assert hold
    assert made.blocks is not None
    assert made.blocks["conv"]["kernel"].to_json() == [3, 5]
    assert made.provenance == constraints(1, 3).provenance
    assert not DRAFT.exists()


def test_without_a_change_nothing_is_written(
    editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the text looks like."""
    editor("""echo '# a remark' >> "$1" """)
    edit()
    assert "nothing was written" in capsys.readouterr().out
    assert not WAITING.exists()
    assert not DRAFT.exists()


def test_what_is_wrong_is_named_by_line_and_can_be_edited_again(
    editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text is kept, and opened the next time."""
    editor("""sed -i 's/ kernel: .*/ kernels: [3, 5]/' "$1" """)
    edit(code=2)
    said = capsys.readouterr().err
    line = DRAFT.read_text().splitlines().index("    kernels: [3, 5]") + 1
    assert f"{DRAFT}, line {line}: " in said
    assert "opens the text again" in said
    assert not WAITING.exists()
    editor("""sed -i 's/kernels/kernel/' "$1" """)
    edit()
    assert waiting()[0].blocks == constraints(3, 5).blocks
    assert not DRAFT.exists()


def test_an_editor_that_fails_changes_nothing(
    editor: Editor, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was written before it failed is kept."""
    editor("exit 3")
    edit(code=2)
    assert "to end well, got exit code 3" in capsys.readouterr().err
    assert not DRAFT.exists()
    editor("""echo '# half' >> "$1"; exit 1""")
    edit(code=2)
    assert DRAFT.read_text().endswith("# half\n")
    assert not WAITING.exists()


def test_a_file_is_taken_without_an_editor(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs get the differences; --release lets the advisor go on."""
    write_constraints(Path("mine.yaml"), constraints(3, outside=0.5))
    found = told(capsys, "--from", "mine.yaml", "--release")
    assert found["hold"] is False
    assert found["running"] is False
    assert found["changes"] == [
        {"place": "outside", "added": ["0.5"], "removed": ["0.2"]},
        {"place": "blocks.conv.kernel", "added": [], "removed": ["1"]},
    ]
    made, hold = waiting()
    assert not hold
    assert made.content_hash() == read_constraints(Path("mine.yaml")).content_hash()
    write_constraints(Path("same.yaml"), made)
    assert told(capsys, "--from", "same.yaml", "--release")["written"] is None


def test_the_present_set_is_approved_and_released(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is; once more is no change, and releasing what is not held neither."""
    assert told(capsys, "--release")["written"] is None
    assert not WAITING.exists()
    assert told(capsys, "--approve")["written"] == str(WAITING)
    assert waiting() == (constraints(1, 3), True)
    assert told(capsys, "--approve")["written"] is None
    assert told(capsys, "--release")["hold"] is False
    assert waiting() == (constraints(1, 3), False)


def test_a_set_that_was_edited_before_is_the_present_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the search has taken it up; the advisor's later notes change no set."""
    monkeypatch.chdir(tmp_path)
    run = Written(RUN, knowledge())
    run.revised(Revision(constraints(1, 3), note(WEIGHTS)))
    person = {"by": "person", "hold": True, "hash": "x"}
    run.revised(Revision(constraints(5), person), "edited")
    run.revised(Revision(None, note(WEIGHTS)))
    assert told(capsys, "--approve")["written"] is None
    found = told(capsys, "--release")
    assert found["hash"] == constraints(5).content_hash()
    assert found["changes"] == []


def test_a_search_that_goes_on_is_said_to_take_it_up(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the process that holds the run."""
    with RunDirectory.open(RUN).lock():
        edit("--approve")
    said = capsys.readouterr().out
    assert f"The search (process {os.getpid()} on" in said
    assert "before its next generation" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mode: hard\nblocks: {lstm: {}}\n", "blocks: expected something of what"),
        ("provenance: {hold: maybe}\n", "provenance.hold: expected true or false"),
        ("mode: strict\n", "mine.yaml, line 2: mode: expected one of hard, soft"),
        ("blocks: [\n", "mine.yaml, line 3: expected YAML"),
    ],
)
def test_a_set_that_cannot_be_used_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    """Before the search has seen it."""
    Path("mine.yaml").write_text(f"format: 2\n{text}")
    edit("--from", "mine.yaml", code=2)
    assert message in capsys.readouterr().err
    assert not WAITING.exists()


def test_what_has_no_set_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Searches that are over, without constraints or without a set, and no search."""
    monkeypatch.chdir(tmp_path)
    ended = Written(Path("ended"), knowledge())
    ended.revised(Revision(constraints(3), note(WEIGHTS)))
    ended.closed("finished")
    Written(Path("plain"), None).closed()
    Written(Path("begun"), knowledge()).closed()
    for run, message in (
        ("ended", "expected a search that goes on, got a finished one"),
        ("plain", "expected a search with a `constraints` section"),
        ("begun", "got one that has none yet"),
        ("none", "expected the directory of a run"),
    ):
        assert main(["constraints", "--edit", run, "--approve"]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--edit", "run"], "expected an editor in $VISUAL or $EDITOR, or --from"),
        (["--edit", "run", "--approve", "--release"], "got both"),
        (["--edit", "run", "dots"], "--edit: expected no problems"),
        (["--approve", "dots"], "expected --edit RUN beside them"),
        (["--edit", "run", "--from", "no.yaml"], "no.yaml: expected a"),
    ],
)
def test_words_that_do_not_fit_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """Exit code 2."""
    assert main(["constraints", *words]) == 2
    assert message in capsys.readouterr().err
