"""`minibench train` and `classify`: from a database to what is said of a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_networks import STYLES, bench, network, problem
from bench_records import record, review

from evonas.cli import main as evonas
from minibench import Batch
from minibench.classifier import Classifiers, graph_fitting
from minibench.cli import main
from minibench.database import Database

NAMES = ("dots", "lines", "waves")
CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 3}
final: {epochs: 0}
evaluator: own_parts:Noisy
workers: 0
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with approved records of three problems, and others."""
    folder = tmp_path_factory.mktemp("bench")
    database, _ = Database.create(folder / "bench.sqlite")
    with database:
        for key, found in bench(NAMES).items():
            approved = [one.reviewed(review()) for one in found]
            database.add(Batch((key,), approved))
        database.add(Batch((problem("dots"),), [record(0.99)]))
    return folder


@pytest.fixture(scope="module")
def trained(filled: Path) -> Path:
    """With a classifier beside it."""
    words = ["train", "--db", str(filled / "bench.sqlite")]
    assert main([*words, "--out", str(filled / "classifier.json")]) == 0
    return filled


@pytest.fixture
def folder(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """Commands run there."""
    monkeypatch.chdir(trained)
    monkeypatch.setenv("MINIBENCH_DB", "bench.sqlite")
    capsys.readouterr()
    return trained


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The JSON that a command answers with."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_training_reports_and_writes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of approved records; the same database gives the same file."""
    words = ("train", "--out", "again.json")
    found = told(capsys, *words)
    assert found["records"] == 3 * 24
    assert set(found["classes"]) == {problem(name).key for name in NAMES}
    assert [one["by"] for one in found["told"]] == [
        "classifier",
        "with the recipe",
        "modality hidden",
        "bag of layers",
        "majority",
    ]
    assert found["told"][0]["mean_pairwise_accuracy"] > 0.9
    assert found["transfer"]["problems"] == sorted(found["classes"])
    assert Path("again.json").read_bytes() == Path("classifier.json").read_bytes()
    assert Classifiers.read(Path("again.json")).digest == found["digest"]


def test_tables_name_problems_and_baselines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only those that are asked for, with layers that must not be told."""
    words = ["train", "--without", "waves", "--best", "8", "--folding", "1"]
    words += ["--rounds", "0", "--hide", "concat", "--out", "small.json"]
    assert main(words) == 0
    out = capsys.readouterr().out
    for expected in (
        *("1 dots@v1", "within image", "majority", "bag of layers"),
        *("with the recipe", "without the recipe", "Each problem held out"),
        *("tuned to refuse 5.0% of the best", "it has refused"),
    ):
        assert expected in out
    assert "waves@v1" not in out
    assert "written to small.json" in out
    made = Classifiers.read(Path("small.json"))
    assert made.problems.classes == ("dots@v1", "lines@v1")
    assert made.count == 2 * 16 + 1  # one network was drawn, and trained, twice
    assert made.encoding.hidden == ("concat",)
    only = ["train", "--problem", "dots", "--problem", "lines@v1", "--best", "8"]
    only += ["--folding", "1", "--rounds", "0", "--hide", "concat", "--out", "o.json"]
    assert main(only) == 0
    assert Path("o.json").read_bytes() == Path("small.json").read_bytes()


def test_graph_networks_are_another_kind(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted with torch, asked without it."""
    monkeypatch.setattr(graph_fitting, "_EPOCHS", 12)
    words = ["train", "--without", "waves", "--model", "graph", "--out", "graph.json"]
    found = told(capsys, *words)
    assert found["model"] == "graph"
    assert found["told"][0]["mean_pairwise_accuracy"] > 0.8
    best = told(capsys, "list", "lines", "--top", "1")["records"][0]["id"]
    said = told(capsys, "classify", best, "--classifier", "graph.json")
    assert said["problems"]["lines@v1"] > 0.5
    script = (
        "import sys; from minibench.cli import main; "
        f"assert main(['classify', '{best}', '--classifier', 'graph.json']) == 0; "
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_record_a_file_and_a_run_are_classified(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With probabilities for every problem."""
    found = told(capsys, "list", "waves", "--top", "1")["records"][0]
    said = told(capsys, "classify", found["id"][:12])
    assert max(said["problems"], key=said["problems"].get) == "waves@v1"
    assert said["shape"] == [2, 12]
    assert said["best"]["waves@v1"] > 0.5
    assert said["classifier"]["records"] == 72
    assert said["accepted"]
    assert said["recipe"]["learning_rate"] == 0.05
    assert said["nearest"]["problem"] == "waves@v1"
    assert said["nearest"]["similarity"] == pytest.approx(1.0, abs=1e-3)
    made = network(STYLES["lines"], np.random.default_rng(5), 4)
    Path("net").mkdir()
    Path("net/architecture.json").write_text(json.dumps(made.to_json()))
    by_file = told(capsys, "classify", "net/architecture.json", "--shape", "1x8x8")
    assert max(by_file["problems"], key=by_file["problems"].get) == "lines@v1"
    by_folder = told(capsys, "classify", "net", "--problem", "lines")
    assert by_folder["problems"] == by_file["problems"]
    assert by_file["recipe"] is None
    assert by_file["fingerprint"] == made.fingerprint()
    Path("my.yaml").write_text(CONFIG)
    assert evonas(["search", "my.yaml", "--out", "run"]) == 0
    of_run = told(capsys, "classify", "run")
    assert of_run["shape"] == [1, 8, 8]
    assert sum(of_run["problems"].values()) == pytest.approx(1.0)
    other = {told(capsys, "classify", "run", "--id", str(n))["network"] for n in (0, 1)}
    assert other == {"#0 of run", "#1 of run"}


def test_what_is_said_of_a_network_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The most probable problem first."""
    best = told(capsys, "list", "dots", "--top", "2")["records"][1]
    assert main(["classify", best["id"]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"record {best['id'][:10]} of dots@v1")
    assert lines[2].startswith("dots@v1")
    assert lines[-3].startswith("among the best, weighted by resemblance: 0.")
    assert "; accepted by the threshold of 0." in lines[-3]
    assert lines[-2].startswith("most like record ")
    assert lines[-2].endswith(" of dots@v1 (cosine 1.000)")
    assert "of the network's groups are in no network of the 72 records" in lines[-1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--problem", "dots"], "expected two or more problems with 5 netw"),
        (["train", "--state", "rejected"], "got 0; add searches of more seeds"),
        (["train", "--without", "cats"], "expected one of its problems"),
        (["train", "--hide", "convolution"], "--hide: unknown layer kind"),
        (["train", "--recipe", "some"], "recipe: expected one of best, all, none"),
        (["train", "--false-rejection", "1"], "false rejection: expected a share"),
        (
            ["classify", "0", "--classifier", "no.json"],
            "no.json: expected a class",
        ),
        (["classify", "zzz"], "expected one record whose id begins with 'zzz'"),
        (["classify", "zzz", "--id", "3"], "--id: expected the directory of a run"),
        (["classify", "classifier.json"], "--shape: expected the shape of one sample"),
        (["classify", "a", "--shape", "1,0"], "--shape: expected one to four positive"),
        (["classify", "a", "--shape", "1", "--problem", "dots"], "--problem, got both"),
        (["classify", "classifier.json", "--shape", "1"], "expected an object with"),
        (["classify", "bench.sqlite", "--shape", "1"], "bench.sqlite: expected UTF-8"),
        (["classify", "."], "expected the directory of a run"),
    ],
)
def test_wrong_input_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """Exit code 2, and no file is touched."""
    before = Path("classifier.json").read_bytes()
    assert main(words) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert Path("classifier.json").read_bytes() == before
