"""Tests of CoLA: the official files' form, and the real ones where they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import ConfigError, DataError
from evonas.tasks import Task, open_task
from evonas.tasks.cola import read_tsv
from evonas.tasks.tokens import UNKNOWN

FILES = ("in_domain_train.tsv", "in_domain_dev.tsv", "out_of_domain_dev.tsv")


def write_small_set(folder: Path, repeats: int = 6) -> None:
    """Sentences of which the acceptable ones begin with "the"."""
    folder.mkdir(parents=True, exist_ok=True)
    good = [
        "The cat sat.",
        'The "dog" barked',
        "The bird sang; nobody knew.",
        "The end.",
    ]
    bad = ["Cat the sat.", "Barked dog the"]
    lines = [f"src\t1\t\t{text}" for text in good]
    lines += [f"src\t0\t*\t{text}" for text in bad]
    for name, times in zip(FILES, (repeats, 2, 1), strict=True):
        (folder / name).write_text("\n".join(lines * times) + "\n")


def _open(folder: Path, **settings: Any) -> Task:
    return open_task({"name": "cola", "directory": str(folder), **settings})


def test_the_official_layout_is_read(tmp_path: Path) -> None:
    """Both development sets are the test set; classes count the same in the loss."""
    write_small_set(tmp_path / "raw")
    task = _open(tmp_path)
    assert (task.modality, task.layout, task.metric) == ("text", "tokens", "matthews")
    assert (task.class_weights, task.input_shape) == ("balanced", (32,))
    assert (len(task.x_train), len(task.x_test)) == (36, 18)
    assert task.classes == ("unacceptable", "acceptable")
    assert task.vocabulary is not None
    assert task.tokens == len(task.vocabulary)
    assert _open(tmp_path, class_weights="none").class_weights == "none"
    assert _open(tmp_path, max_length=3).input_shape == (3,)


@pytest.mark.parametrize("seed", range(3))
def test_the_vocabulary_is_that_of_the_training_part_alone(
    tmp_path: Path, seed: int
) -> None:
    """A word of a held-out or a test sentence is unknown."""
    write_small_set(tmp_path)
    with (tmp_path / FILES[0]).open("a") as stream:
        stream.writelines(f"s\t1\t\tunique{n} word\n" for n in range(40))
    task = _open(tmp_path, split_seed=seed, least_count=1, validation_share=0.5)
    splits = task.split(seed, 0.5)
    assert task.vocabulary is not None
    for sample in range(36, 76):
        known = f"unique{sample - 36}" in task.vocabulary.numbers
        assert known == (sample in splits.train)
        assert (UNKNOWN in task.x_train[sample]) == (not known)


def test_the_tokenisers_differ(tmp_path: Path) -> None:
    """Treebank keeps punctuation as tokens of its own."""
    pytest.importorskip("nltk", reason="NLTK is not installed (extra `text`)")
    write_small_set(tmp_path)
    plain = _open(tmp_path).vocabulary
    cut = _open(tmp_path, tokeniser="treebank").vocabulary
    assert plain is not None
    assert cut is not None
    assert "." not in plain.numbers
    assert {".", "``", "''", ";"} <= set(cut.numbers)


TEXTS = st.text("ab \"'\u2028é", min_size=1)


@given(rows=st.lists(st.tuples(st.booleans(), TEXTS), min_size=1))
def test_quotes_and_strange_spaces_mean_nothing(
    rows: list[tuple[bool, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A sentence comes back as it stands in the file."""
    rows = [(good, text) for good, text in rows if text.strip()]
    path = tmp_path_factory.getbasetemp() / "rows.tsv"
    lines = [f"s\t{int(good)}\t\t{text}\n" for good, text in rows]
    path.write_text("".join(lines) or "s\t1\t\tx\n", encoding="utf-8")
    sentences, labels = read_tsv(path)
    assert sentences == ([text for _, text in rows] or ["x"])
    assert list(labels) == ([int(good) for good, _ in rows] or [1])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a\t1\t", r"line 3: expected 4 cells between tabs .*got 3"),
        ("a\t1\t\tb\tc", "line 3: expected 4 cells .*got 5"),
        ("a\t2\t\tb", "line 3: expected the label 0 or 1 in the second cell, got '2'"),
        ("a\tnan\t\tb", "line 3: expected the label 0 or 1 .*got 'nan'"),
        ("a\t1\t\t ", "line 3: expected a sentence, got none"),
        ("", "line 3: expected 4 cells .*got 1"),
    ],
)
def test_a_corrupt_line_is_told(tmp_path: Path, line: str, message: str) -> None:
    """With the file and its number."""
    path = tmp_path / "cola.tsv"
    path.write_text(f"s\t1\t\tgood\ns\t0\t*\tbad\n{line}\ns\t1\t\tmore\n")
    with pytest.raises(DataError, match=message):
        read_tsv(path)


def test_one_class_only_is_told(tmp_path: Path) -> None:
    """Nothing can be learned from it."""
    write_small_set(tmp_path)
    (tmp_path / FILES[0]).write_text("s\t0\t\tsentence\n" * 9)
    with pytest.raises(DataError, match="one class only"):
        _open(tmp_path)
    (tmp_path / FILES[0]).write_text("")
    with pytest.raises(DataError, match=r"in_domain_train\.tsv: expected sentences"):
        _open(tmp_path)


def test_missing_files_and_wrong_settings_are_told(tmp_path: Path) -> None:
    """With the address of the data."""
    with pytest.raises(DataError, match=r"(?s)in_domain_train\.tsv.*cola_public_1\.1"):
        _open(tmp_path)
    with pytest.raises(ConfigError, match="expected words or treebank, got 'bpe'"):
        _open(tmp_path, tokeniser="bpe")


@pytest.fixture(scope="module")
def real() -> Task:
    """The official files, where EVONAS_DATA names them."""
    data = os.environ.get("EVONAS_DATA")
    if not data or not (Path(data) / "cola").is_dir():
        pytest.skip("EVONAS_DATA names no folder with cola/")
    return open_task({"name": "cola"})


def test_the_official_files_hold_what_is_published(real: Task) -> None:
    """8,551 sentences, 6,023 of them acceptable; 527 and 516 to test on."""
    assert (len(real.y_train), int(real.y_train.sum())) == (8_551, 6_023)
    assert len(real.y_test) == 527 + 516


def test_the_mini_size_trains_on_2000_sentences(real: Task) -> None:
    """500 are held out, the test set stays whole."""
    mini = open_task({"name": "cola", "size": "mini"})
    splits = mini.split(0)
    assert (len(splits.train), len(splits.validation)) == (2_000, 500)
    assert np.array_equal(mini.y_test, real.y_test)
    assert 1_000 < mini.tokens < real.tokens
