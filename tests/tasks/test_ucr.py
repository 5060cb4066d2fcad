"""Tests of sets of the UCR archive."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evonas.errors import ConfigError, DataError
from evonas.tasks import open_task
from evonas.tasks.places import package_folder

HEAD = "@timeStamps false\n@classLabel true a b\n@data\n"
SERIES = "1,2,3:a\n4,5,7:b\n"


def write_pair(
    folder: Path, train: str = SERIES * 5, test: str = SERIES, head: str = HEAD
) -> Path:
    """A small set named Waves."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Waves_TEST.ts").write_text(head + test)
    path = folder / "Waves_TRAIN.ts"
    path.write_text(HEAD + train)
    return path


def test_a_set_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder, or one of its own within; by its path; in EVONAS_DATA."""
    path = write_pair(tmp_path / "ucr" / "Waves")
    monkeypatch.setenv("EVONAS_DATA", str(tmp_path))
    tasks = [
        open_task({"name": "ucr", "dataset": "Waves"}),
        open_task({"name": "ucr", "dataset": "Waves", "directory": str(path.parent)}),
        open_task({"path": str(path)}),
    ]
    assert {task.version for task in tasks} == {tasks[0].version}
    assert (tasks[0].name, tasks[0].modality, tasks[0].input_shape) == (
        "Waves",
        "series",
        (1, 3),
    )
    assert tasks[0].classes == ("a", "b")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"train": "1,2,3:a\n" * 9}, r"_TRAIN\.ts: .*every class, got none of 'b'"),
        ({"head": HEAD.replace("a b", "a b c")}, r"_TEST\.ts: .*\(a, b\), got a, b, c"),
        ({"test": "1,2:a\n"}, r"_TEST\.ts: expected series of 1×3 .*got 1×2"),
        ({"test": "1,2,3:c\n"}, r"_TEST\.ts, line 4: expected one of the classes a, b"),
    ],
)
def test_pairs_that_do_not_fit_are_told(
    tmp_path: Path, more: dict[str, str], message: str
) -> None:
    """By the file at fault."""
    with pytest.raises(DataError, match=message):
        open_task({"path": str(write_pair(tmp_path, **more))})


def test_a_missing_set_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    """And with the way to get others."""
    write_pair(tmp_path)
    settings = {"name": "ucr", "directory": str(tmp_path)}
    message = r"Nope_TRAIN\.ts \(found are: Waves\).*timeseriesclassification.*aeon"
    with pytest.raises(DataError, match=message):
        open_task({**settings, "dataset": "Nope"})
    with pytest.raises(ConfigError, match=r"task\.dataset: .*found here: Waves"):
        open_task(settings)
    (tmp_path / "Waves_TEST.ts").unlink()
    with pytest.raises(DataError, match=r"Waves_TEST\.ts: there is no such file"):
        open_task({**settings, "dataset": "Waves"})
    with pytest.raises(ConfigError, match=r"Name_TRAIN\.ts with Name_TEST\.ts"):
        open_task({"path": str(tmp_path / "Waves_TEST.ts")})


@pytest.mark.parametrize(
    ("name", "samples", "shape", "outputs"),
    [
        ("GunPoint", (50, 150), (1, 150), 2),
        ("ItalyPowerDemand", (67, 1_029), (1, 24), 2),
        ("BasicMotions", (40, 40), (6, 100), 4),
        ("Covid3Month", (140, 61), (1, 84), 1),
    ],
)
def test_the_sets_that_come_with_aeon_are_read(
    name: str,
    samples: tuple[int, int],
    shape: tuple[int, int],
    outputs: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the installed package, which is never imported."""
    if not package_folder("aeon"):
        pytest.skip("aeon is not installed (`pip install --no-deps aeon`)")
    monkeypatch.delenv("EVONAS_DATA", raising=False)
    task = open_task({"name": "ucr", "dataset": name})
    assert (len(task.x_train), len(task.x_test)) == samples
    assert (task.input_shape, task.outputs) == (shape, outputs)
    assert "aeon" not in sys.modules
