"""What the README says can be typed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evonas.cli import main
from evonas.config import load_config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

#: what a reader would wait minutes for, made small
TINY = {
    "search": (
        "--set=budget.evaluations=2",
        "--set=fidelity.epochs=0.1",
        "--set=final.epochs=0.1",
        "--set=space.limits.multiply_adds=300000",
    ),
    "resume": ("--set=budget.evaluations=3",),
    "train": ("--set=final.epochs=0.1",),
}


def block(marker: str, language: str) -> str:
    """The code block that follows a comment."""
    after = README.split(marker, 1)[1]
    found = re.search(rf"```{language}\n(.*?)```", after, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_commands_run_in_their_order(tmp_path, monkeypatch, capsys):
    """Search, status, resume, train and export, as written but smaller."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    lines = block("these commands are run by", "console").splitlines()
    assert len(lines) >= 6
    for line in lines:
        program, *words = shlex.split(line.removeprefix("$ "))
        assert program == "evonas"
        assert main([*words, *TINY.get(words[0], ())]) == 0, capsys.readouterr().err
    assert (tmp_path / "my_network" / "network.py").exists()


def test_the_python_program_runs(tmp_path):
    """As written but with one short evaluation."""
    program = block("this program is run by", "python")
    small = (
        'evaluations=1, settings={"fidelity": {"epochs": 0.1}, "final": {"epochs": 1}}'
    )
    assert "evaluations=20" in program
    done = subprocess.run(
        [sys.executable, "-c", program.replace("evaluations=20", small)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "my_network" in done.stdout


def test_the_yaml_is_a_config(tmp_path):
    """With the file it names, it would be searched."""
    path = tmp_path / "my.yaml"
    path.write_text(block("## Your own data", "yaml"))
    assert load_config(path).task.path == tmp_path / "my_data.npz"


@pytest.mark.parametrize(
    "document",
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(document: Path):
    """Every relative link of every page is a file or folder."""
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document}: {link}"
