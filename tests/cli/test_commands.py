"""The commands from end to end, with an evaluator that takes no time."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from evonas.build.command import warning_shower
from evonas.cli import main
from evonas.config import load_config
from evonas.storage import Journal

CONFIG = """\
task: {name: digits}
strategy: {name: codeepneat, networks: 6}
budget: {evaluations: 15}
evaluator: own_parts:synthetic
workers: 0
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file; commands run in its folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my.yaml"
    path.write_text(CONFIG)
    return path


def call(*words: object) -> int:
    """The exit code of a command line."""
    return main([str(word) for word in words])


def records(run: Path) -> list[tuple[int, str, dict]]:
    """Request, candidate and metrics of every record of the search, by request."""
    told = [
        e.data["record"]
        for e in Journal.read(run / "journal.jsonl")
        if e.name == "told"
    ]
    return sorted(
        (one["request_id"], one["candidate_key"], one["metrics"])
        for one in told
        if one["request_id"] >= 0
    )


def result(run: Path) -> dict:
    """The run's `result.json`."""
    return json.loads((run / "result.json").read_text())


def test_a_search_ends_with_a_result_and_says_what_it_found(config, tmp_path, capsys):
    """One line an event, the best network as a table, and what to run next."""
    assert call("search", config, "--out", "run") == 0
    out = capsys.readouterr().out
    assert out.count(" told ") == 16  # fifteen and the final training
    assert "Finished: 15 evaluations" in out
    assert "Best network: #" in out
    assert "global_pool" in out
    assert "evonas status run" in out
    found = result(tmp_path / "run")
    assert found["status"] == "finished"
    assert found["evaluations"] == 15
    assert found["best"]["id"] >= 0


def test_what_to_run_next_can_be_copied(config, capsys):
    """Also where the run's name has blanks and stranger things in it."""
    out = "my run 🦊 [1]"
    assert call("search", config, "--out", out, "--wall-time", "0s") == 3
    assert f"evonas resume {shlex.quote(out)}" in capsys.readouterr().out
    assert call("status", out) == 0
    assert f"evonas resume {shlex.quote(out)}" in capsys.readouterr().out
    assert call("resume", out) == 0
    assert f"evonas train {shlex.quote(out)} --top 3" in capsys.readouterr().out
    assert call("train", out) == 0
    assert f"evonas export {shlex.quote(out)} --id" in capsys.readouterr().out
    assert call("status", "x" * 300) == 2
    assert "got File name too long" in capsys.readouterr().err


def test_without_out_each_search_has_a_directory_of_its_own(config, tmp_path):
    """Named by the config file and the time, below `runs`."""
    assert call("search", config, "--set", "budget.evaluations=1") == 0
    (made,) = (tmp_path / "runs").iterdir()
    assert made.name.startswith("my-")


def test_overrides_win_and_are_kept(config, tmp_path):
    """The run's own config tells what was really searched."""
    words = ("--set", "budget.evaluations=2", "--set", "seed=7")
    assert call("search", config, "--out", "run", *words) == 0
    kept = load_config(tmp_path / "run" / "config.yaml")
    assert (kept.seed, kept.budget.evaluations) == (7, 2)


def test_a_stopped_search_resumes_to_the_same_records(config, tmp_path, capsys):
    """Exit code 3 at the wall time; resumed, it ends as one that was left alone."""
    assert call("search", config, "--out", "alone") == 0
    assert call("search", config, "--out", "cut", "--wall-time", "0s") == 3
    assert result(tmp_path / "cut")["status"] == "stopped"
    out = capsys.readouterr().out
    assert "Stopped: " in out
    assert "evonas resume cut" in out
    assert call("resume", "cut") == 0
    assert records(tmp_path / "cut") == records(tmp_path / "alone")
    assert len(records(tmp_path / "cut")) == 15


def test_a_finished_run_goes_on_with_a_raised_budget(config, tmp_path):
    """And remembers the new budget."""
    assert call("search", config, "--out", "run") == 0
    before = records(tmp_path / "run")
    assert call("resume", "run", "--set", "budget.evaluations=20") == 0
    after = records(tmp_path / "run")
    assert len(after) == 20
    assert after[:15] == before
    assert load_config(tmp_path / "run" / "config.yaml").budget.evaluations == 20


@pytest.mark.parametrize(
    ("evaluator", "reason"),
    [
        ("NeverWell", "(12 times): diverged: the loss became nan by step 1"),
        ("Unmeasured", "has no validation_accuracy, which is an objective; it has acc"),
    ],
)
def test_a_search_without_a_network_is_no_success(
    config, tmp_path, capsys, evaluator, reason
):
    """Exit code 2 and the most frequent error; nothing is offered that cannot work."""
    words = ("--set", f"evaluator=own_parts:{evaluator}")
    assert call("search", config, "--out", "run", *words) == 2
    said = capsys.readouterr()
    assert "evonas: error: expected a network that can be evaluated" in said.err
    assert reason in said.err
    assert "evonas train" not in said.out
    found = result(tmp_path / "run")
    assert (found["status"], found["best"]) == ("finished", None)
    assert reason in found["failure"]
    assert call("resume", "run") == 2
    capsys.readouterr()
    assert call("status", "run") == 0
    assert reason in " ".join(capsys.readouterr().out.split())


def test_status_fits_one_screen_and_names_the_best(config, tmp_path, capsys):
    """State, budget, outcomes and a table of networks."""
    call("search", config, "--out", "run")
    best = result(tmp_path / "run")["best"]
    capsys.readouterr()
    assert call("status", "run") == 0
    out = capsys.readouterr().out
    assert "finished" in out
    assert "15 of 15 evaluations" in out
    assert "validation_accuracy" in out
    assert f" {best['id']} " in out
    assert len(out.splitlines()) <= 24


def test_status_names_the_workers_that_were_lost(config, tmp_path, capsys):
    """With their requests, and what became of these."""
    call("search", config, "--out", "run", "--set", "budget.evaluations=3")
    path = tmp_path / "run" / "journal.jsonl"
    events = [(event.name, event.data) for event in Journal.read(path)]
    path.unlink()
    for snapshot in (tmp_path / "run" / "snapshots").glob("*"):
        snapshot.unlink()
    lost = {
        "outcome": "lost",
        "metrics": {},
        "error": "rank 2 died",
        "worker": "rank-2",
    }
    with Journal.create(path, events[0][1]["config"]) as journal:
        for name, data in events[1:]:
            if name == "told" and data["record"]["request_id"] == 1:
                record = {**data["record"], **lost}
                journal.append(name, {**data, "record": record})
            journal.append(name, data)
    capsys.readouterr()
    assert call("status", "run") == 0
    out = capsys.readouterr().out
    assert "1 lost" in out
    assert "rank 2 died; done by another since" in out


def test_status_of_a_run_that_was_only_begun(config, tmp_path, capsys):
    """Nothing is found yet, and it says how to go on."""
    call("search", config, "--out", "run", "--wall-time", "0s")
    capsys.readouterr()
    assert call("status", "run") == 0
    out = capsys.readouterr().out
    assert "stopped" in out
    assert "Go on with: evonas resume run" in out


def test_a_search_under_a_scheduler_says_who_was_trained_for_how_long(config, capsys):
    """In the log, in `evonas status` and in `result.json`."""
    words = ("--set", "fidelity.scheduler=asha", "--set", "budget={epochs: 0.5}")
    assert call("search", config, "--out", "run", *words) == 0
    assert "epochs · " in capsys.readouterr().out
    assert call("status", "run") == 0
    out = capsys.readouterr().out
    assert "scheduler asha" in out
    assert "of training, 0.5 allowed" in out
    told = result(Path("run"))
    assert told["epochs"] >= 0.5
    assert told["scheduler"]["name"] == "asha"


def test_the_best_few_are_trained_again_and_one_is_chosen(config, tmp_path, capsys):
    """A row for each, the winner's interval, its one test, and what to run next."""
    words = ("--set", "evaluator=own_parts:Noisy")
    call("search", config, "--out", "run", *words)
    capsys.readouterr()
    assert call("train", "run", "--top", "3") == 0
    out = capsys.readouterr().out
    assert "13/13 told retraining of #" in out
    assert "remaining 0:0" in out
    report = out[out.index("Trainings on fresh seeds") :]
    rows = [line.split() for line in report.splitlines() if line.strip()[:1].isdigit()]
    found = json.loads((tmp_path / "run" / "winner.json").read_text())
    assert [int(row[0]) for row in rows] == [one["id"] for one in found["networks"]]
    assert "3 + 5 held out" in report
    assert "in phase 1 of 2" in report
    winner = found["winner"]
    assert f"The winner is #{winner['id']}." in report
    assert f"{winner['low']:.4g} – {winner['high']:.4g}" in report
    assert "by train --top 3" in report
    assert f"evonas export run --id {winner['id']} " in report
    log = (tmp_path / "log.txt").read_text()
    assert call("train", "run", "--top", "3") == 0
    again = capsys.readouterr().out
    assert report == again[again.index("Trainings on fresh seeds") :]
    assert (tmp_path / "log.txt").read_text() == log
    call("status", "run")
    status = " ".join(capsys.readouterr().out.split())
    assert "by search: test_accuracy" in status
    assert "by train --top 3: test_accuracy" in status


def test_a_network_that_was_tested_is_not_tested_again(config, tmp_path, capsys):
    """Whoever asks for it: its entry of the ledger is shown, with when and by what."""
    words = ("--set", "evaluator=own_parts:Noisy")
    call("search", config, "--out", "run", *words)
    best = result(tmp_path / "run")["best"]["id"]
    log = (tmp_path / "log.txt").read_text()
    for asked in ((), ("--id", best)):
        capsys.readouterr()
        assert call("train", "run", *asked) == 0
        out = capsys.readouterr().out
        assert f"#{best} was tested once: " in out
        assert "Z by search" in out
    assert (tmp_path / "log.txt").read_text() == log
    assert call("train", "run", "--set", "final.epochs=7") == 0
    assert "Z by train" in capsys.readouterr().out
    assert (tmp_path / "log.txt").read_text().count("final") == 2


def test_trainings_that_fail_are_told_of_each_network(config, tmp_path, capsys):
    """They count as worst; where nothing can be trained, that is exit code 2."""
    words = ("--set", "evaluator=own_parts:Fickle")
    call("search", config, "--out", "run", *words)
    assert call("train", "run", "--top", "3") == 0
    error = capsys.readouterr().err
    assert "trainings failed, which counts as worst; the last one: diverged" in error
    words = ("--set", "evaluator=own_parts:NeverAgain")
    call("search", config, "--out", "never", *words)
    capsys.readouterr()
    assert call("train", "never", "--top", "2") == 2
    said = capsys.readouterr()
    assert "expected a network that can be trained for final.epochs, got" in said.err
    assert "The winner is" not in said.out


def test_a_selection_is_stopped_and_goes_on(config, tmp_path, capsys):
    """Exit code 3, and where it stands; then the same as if it had been left alone."""
    words = ("--set", "evaluator=own_parts:Noisy")
    for run in ("alone", "cut"):
        call("search", config, "--out", run, *words)
    assert call("train", "alone", "--top", "3") == 0
    capsys.readouterr()
    assert call("train", "cut", "--top", "3", "--wall-time", "0s") == 3
    out = capsys.readouterr().out
    assert "of 13 trainings; nothing is lost, and the same command goes on" in out
    assert call("train", "cut", "--top", "3") == 0
    assert "from training " in capsys.readouterr().out
    alone, cut = (
        json.loads((tmp_path / run / "winner.json").read_text())
        for run in ("alone", "cut")
    )
    assert alone == cut


def test_any_network_of_the_run_can_be_trained_by_its_number(config, tmp_path, capsys):
    """Also one that is none of the ten best, and status shows it then."""
    call("search", config, "--out", "run")
    told = sorted(records(tmp_path / "run"), key=lambda one: one[2].popitem()[1])
    worst = told[0][0]
    capsys.readouterr()
    assert call("train", "run", "--id", worst) == 0
    assert f"evonas export run --id {worst} " in capsys.readouterr().out
    assert call("status", "run") == 0
    assert f"\n{worst:>3} " in capsys.readouterr().out
    assert call("export", "run", "--id", worst, "--out", "x") == 2
    assert f"expected the weights of #{worst}" in capsys.readouterr().err


def test_more_than_the_ten_best_can_be_chosen_from(config, tmp_path, capsys):
    """And it is told when there are no more; one alone is no choice."""
    call("search", config, "--out", "run")
    values = {one[0]: one[2].popitem()[1] for one in records(tmp_path / "run")}
    for top in (13, 99):
        capsys.readouterr()
        assert call("train", "run", "--top", top) == 0
        said = capsys.readouterr()
        found = json.loads((tmp_path / "run" / "winner.json").read_text())
        ids = [one["id"] for one in found["networks"]]
        assert len(set(ids)) == min(top, len(values))
        best = sorted(values.values(), reverse=True)[:top]
        assert sorted((values[one] for one in ids), reverse=True) == best
    assert "--top 99: the run has no more than 15 different networks" in said.err
    call("search", config, "--out", "one", "--set", "budget.evaluations=1")
    capsys.readouterr()
    assert call("train", "one", "--top", "2") == 2
    error = capsys.readouterr().err
    assert "--top 2: expected two or more different networks" in error
    assert "evonas train one --id 0" in error


def test_a_training_that_fails_is_told(config, capsys):
    """Which network, how it ended and why; also when asked for again."""
    words = ("--set", "evaluator=own_parts:FailsFinally")
    call("search", config, "--out", "run", "--set", "budget.evaluations=3", *words)
    for _ in range(2):
        capsys.readouterr()
        assert call("train", "run") == 0
        error = capsys.readouterr().err
        assert "epochs failed (diverged): the loss became NaN" in error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("search", "nothing.yaml"), "nothing.yaml: expected a configuration file"),
        (("search", "my.yaml", "--set", "sed=1"), "unknown key `sed`; did you mean"),
        (("search", "my.yaml", "--set", "seed"), "expected dotted.key=value"),
        (("search", "my.yaml", "--workers", "2", "--mpi", "2"), "--workers or --mpi"),
        (("search", "my.yaml", "--wall-time", "soon"), "such as 90s, 45m"),
        (
            ("search", "my.yaml", "--set", "space.limits.parameters=1"),
            "--set space.limits.parameters=1: space.limits.parameters: expected",
        ),
        (
            ("search", "my.yaml", "--set", "space.block.conv=false"),
            "--set space.block.conv=false: space.block: unknown key",
        ),
        (("search", "my.yaml", "--set", "device=gpu"), "'auto', 'cpu' or 'cuda'"),
        (("search", "my.yaml", "--set", "task.name=digts"), "did you mean 'digits'"),
        (("search", "my.yaml", "--set", "evaluator=own_parts:failing"), "licence"),
        (("search", "my.yaml", "--workers", "-1"), "--workers"),
        (("search",), "CONFIG"),
        (("serach",), "serach"),
        (("resume", "nowhere"), "expected the directory of a run, got nothing"),
        (("status", "nowhere"), "expected the directory of a run, got nothing"),
        (("export", "nowhere", "--out", "x"), "expected the directory of a run"),
        (("export", "nowhere"), "--out"),
        (("train", "nowhere", "--top", "1"), "--top"),
        (("train", "nowhere", "--top", "3", "--trainings", "5"), "expected 6 or more"),
        (("train", "nowhere", "--trainings", "9"), "expected it together with --top"),
    ],
)
def test_wrong_input_is_said_without_a_traceback(
    config, tmp_path, capsys, words, message
):
    """Exit code 2, on stderr, and nothing was made."""
    before = sorted(tmp_path.rglob("*"))
    assert call(*words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback (most recent call last)" not in error or "licence" in error
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("search", "my.yaml", "--out", "run"), "run`, or choose another --out"),
        (("resume", "run", "--set", "seed=1"), "expected a key of budget, final"),
        (("train", "run", "--set", "budget.minutes=1"), "expected a key of final"),
        (("train", "run", "--id", "0", "--top", "2"), "--id or --top, got both"),
        (("train", "run", "--id", "9999"), "are numbered from 0 to 14"),
        (("train", "run", "--set", "final.epochs=0"), "expected more than 0"),
        (("export", "run", "--id", "9999", "--out", "x"), "got no such number"),
        (("export", "run", "--out", "x"), "expected the weights of #"),
    ],
)
def test_a_run_is_never_overwritten_by_wrong_input(
    config, tmp_path, capsys, words, message
):
    """Exit code 2, and every file of the run is as it was."""
    assert call("search", config, "--out", "run") == 0
    files = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert call(*words) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert message in error
    for path, content in files.items():
        assert path.read_bytes() == content


def test_a_journal_of_another_config_is_refused(config, tmp_path, capsys):
    """Whoever edits the seed of a run in its config is told so."""
    call("search", config, "--out", "run")
    path = tmp_path / "run" / "config.yaml"
    path.write_text(path.read_text().replace("\nseed: 0\n", "\nseed: 1\n"))
    journal = (tmp_path / "run" / "journal.jsonl").read_bytes()
    assert call("resume", "run") == 2
    assert "journal.jsonl" in capsys.readouterr().err
    assert (tmp_path / "run" / "journal.jsonl").read_bytes() == journal


def test_a_journal_with_a_damaged_middle_is_refused(config, tmp_path, capsys):
    """With file and line; a torn end is cut, and said so."""
    call("search", config, "--out", "run", "--set", "budget.evaluations=6")
    path = tmp_path / "run" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], b"x" + lines[3][1:], *lines[4:]]))
    kept = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert call("resume", "run", "--set", "budget.evaluations=9") == 2
    assert "journal.jsonl, line 4" in capsys.readouterr().err
    for file, content in kept.items():
        assert file.read_bytes() == content
    path.write_bytes(b"".join(lines) + b'{"n":')
    assert call("resume", "run") == 0
    assert "was torn" in capsys.readouterr().out


@pytest.mark.filterwarnings("default")
def test_a_warning_is_a_line_for_people(config, capsys):
    """Without file and code; one of somebody else's keeps them."""
    words = ("--set", "fidelity.memory_limit_bytes=1000000000")
    assert call("search", config, "--dry-run", *words) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("evonas: warning: fidelity.memory_limit_bytes: expected")
    warning_shower("evonas")("theirs", DeprecationWarning, "their.py", 7)
    assert "their.py:7: DeprecationWarning: theirs" in capsys.readouterr().err


def test_a_fault_of_ours_is_exit_code_one(config, capsys, monkeypatch):
    """With its traceback, and word that the run can go on."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("not you, us")

    monkeypatch.setattr("evonas.cli.search.resolve", broken)
    assert call("search", config) == 1
    error = capsys.readouterr().err
    assert "ZeroDivisionError: not you, us" in error
    assert "internal error, please report it" in error


@pytest.mark.parametrize("command", ["search", "resume", "status", "export", "train"])
def test_help_has_examples_that_can_be_typed(command, capsys):
    """Each begins with the command itself."""
    assert call(command, "--help") == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert out.count(f"evonas {command} runs/") + out.count("evonas search ") >= 1


def test_no_words_at_all_show_the_commands(capsys):
    """Nobody has to guess the first one."""
    assert call("--help") == 0
    out = capsys.readouterr().out
    for command in ("search", "resume", "status", "export", "train"):
        assert command in out
