"""The curator's guide: its worked example is run as it is printed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from documents import DOCS, read

from evonas.cli import main as evonas
from minibench.cli import main as minibench

GUIDE = DOCS / "minibench.md"


def test_the_worked_example_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command ends well, and the last two databases say the same."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIBENCH_DB", raising=False)
    snippets = list(read(GUIDE))
    (config,) = [one for one in snippets if one.text.startswith("# my.yaml")]
    (tmp_path / "my.yaml").write_text(config.text)
    programs = {"evonas": evonas, "minibench": minibench}
    count = 0
    for snippet in snippets:
        for line in snippet.text.splitlines() if snippet.mark else []:
            if "BEST" in line:
                line = line.replace("BEST", best(capsys))
            mark, program, *words = shlex.split(line)
            assert mark == "$"
            assert programs[program](words) == 0, line
            count += 1
    assert count == 20
    assert (tmp_path / "network.svg").exists()
    first, again = (
        json.loads((tmp_path / "runs" / name / "result.json").read_text())
        for name in ("first", "again")
    )
    assert again["saved"]["database"]["count"] == 4
    for name in ("fitness", "metrics", "parameters"):
        assert again["best"][name] == first["best"][name]


def best(capsys: pytest.CaptureFixture[str]) -> str:
    """The first digits of the best record's id."""
    capsys.readouterr()
    assert minibench(["list", "digits", "--top", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    return str(found["records"][0]["id"][:10])
