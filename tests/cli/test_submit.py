"""`evonas submit`: the script on screen or in the queue, and wrong input."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.cli import main

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 4}
evaluator: own_parts:synthetic
cluster: {nodes: 2, time: 1:30:00, requeue: 4}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config, and an `sbatch` that takes anything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(CONFIG)
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text("#!/bin/sh\necho Submitted batch job 7\n")
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}:/usr/bin:/bin")
    return tmp_path


def submit(*words: str) -> int:
    """The exit code of the command."""
    return main(["submit", "my.yaml", "--scheduler", "slurm", *words])


def test_a_dry_run_prints_the_script_and_does_nothing(here, capsys):
    """Options win over the section of the config."""
    words = ("--nodes=3", "--module=cuda", "--gpus-per-rank=0.5", "--time=10m")
    assert submit("--dry-run", "--out=run", *words) == 0
    out = capsys.readouterr().out
    for line in (
        "#SBATCH --nodes=3",
        "#SBATCH --time=0-00:10:00",
        "#SBATCH --gres=gpu:1",
        "module load cuda",
        "most=4",
        f"run={here}/run",
    ):
        assert line in out.splitlines()
    assert sorted(path.name for path in here.iterdir()) == ["bin", "my.yaml"]


def test_the_script_is_kept_beside_the_run(here, capsys):
    """Where its output will be too; counting begins anew."""
    (here / "run.job").mkdir()
    (here / "run.job" / "attempts").write_text("4")
    assert submit("--out=run") == 0
    out = capsys.readouterr().out
    assert out.startswith("Submitted batch job 7\n")
    assert f"{here}/run.job/log" in out
    script = (here / "run.job" / "job.sh").read_text()
    assert "#SBATCH --time=0-01:30:00" in script, "a time that YAML reads as a number"
    assert not (here / "run.job" / "attempts").exists()
    assert not (here / "run").exists(), "the job makes it"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scheduler=slrum",), "got 'slrum'; did you mean `slurm`?"),
        (("--nodes=0",), "`cluster.nodes`: expected greater than or equal to 1, got 0"),
        (("--time=soon",), "expected a time such as 90s, 45m, 1h30m or 1:30:00"),
        (("--time=30s",), "expected a minute or more, got '30s'"),
        (("--set=cluster.acount=a",), "did you mean `account`?"),
        (("--account=my money",), "`cluster.account`: expected"),
        (("--set=cluster.launch=srun -n {count}",), "command with {ranks}"),
        (("--set=strategy.name=randon",), "did you mean `random`?"),
    ],
)
def test_a_wrong_input_is_told_before_anything_is_queued(here, capsys, words, message):
    """Exit code 2 and one message, also for what the search would refuse."""
    assert submit("--out=run", *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not (here / "run.job").exists()


def test_a_table_is_no_job(here, capsys):
    """It is searched in seconds."""
    words = ("--set=task={table: nasbench101, path: x.csv}",)
    assert submit("--out=run", *words) == 2
    assert "task.table" in capsys.readouterr().err
