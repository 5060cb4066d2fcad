"""What a run's directory tells whoever only reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.build import read_run
from evonas.cli import main
from evonas.storage import Journal, RunDirectory

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 12}
evaluator: own_parts:synthetic
workers: 0
"""


def test_a_journal_that_was_cut_by_hand_is_read_to_its_own_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that knows more than the journal says nothing, and stays in place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("evonas.run.resume.EVENTS", 4)
    Path("my.yaml").write_text(CONFIG)
    assert main(["search", "my.yaml", "--out", "run"]) == 0
    run = RunDirectory.open("run")
    whole = run.journal.read_bytes().splitlines(keepends=True)
    snapshots = {path.name for path in run.snapshots.iterdir()}
    assert len(snapshots) == 2
    for count in range(len(whole), 0, -1):
        run.journal.write_bytes(b"".join(whole[:count]))
        told = [e for e in Journal.read(run.journal) if e.name == "told"]
        searched = [e for e in told if e.data["record"]["request_id"] >= 0]
        state = read_run(run).state
        assert state.accounting.evaluations == len(searched)
        assert len(state.finals) == len(told) - len(searched)
    assert {path.name for path in run.snapshots.iterdir()} == snapshots
