"""CoLA, the corpus of linguistic acceptability (Warstadt, Singh and Bowman 2018)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError, DataError
from evonas.tasks.lines import read_lines
from evonas.tasks.places import data_places, first_with
from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import stratified_order
from evonas.tasks.task import Task
from evonas.tasks.vocabulary import TOKENISERS, Vocabulary

#: in which sentences of the mini size are drawn, once and for all
_MINI_SEED = 20_180_531
#: 2,000 to train on and 500 to validate on, at the default share
_MINI_SAMPLES = 2_500
_LENGTH = 32
_LEAST_COUNT = 2
_TRAIN = "in_domain_train.tsv"
#: the hidden test set was never published: the two development sets take its place
_TEST = ("in_domain_dev.tsv", "out_of_domain_dev.tsv")
_CELLS = ("source", "label", "original mark", "sentence")
_HOW = (
    "Get https://nyu-mll.github.io/CoLA/cola_public_1.1.zip (its folder raw), or "
    "acceptability_corpus/cola_public/raw of https://github.com/nyu-mll/CoLA-baselines"
)


def cola(settings: TaskSettings) -> Task:
    """8,551 sentences to train on, acceptable or not, and 1,043 to test on.

    The test set is the in-domain and, after it, the out-of-domain development set. The
    vocabulary has the tokens of the training part alone, without the sentences that the
    settings hold out for validation. The mini size has 2,500 of the sentences,
    stratified and always the same, and the whole test set. 70 % of the sentences are
    acceptable; by default the loss gives both classes the same say.

    Raises:
        DataError: the files are nowhere, or corrupt; with their line.
        ConfigError: the tokeniser is unknown or needs what is not installed.
    """
    names = settings.tokeniser or "words"
    if names not in TOKENISERS:
        raise ConfigError(
            f"task.tokeniser: expected {' or '.join(TOKENISERS)}, got {names!r}"
        )
    places = [
        place / inner
        for place in data_places(settings.directory, "cola", "")
        for inner in ("", "raw", "cola_public/raw")
    ]
    folder = first_with("cola", places, (_TRAIN, *_TEST), _HOW)
    sentences, labels = read_tsv(folder / _TRAIN)
    tests = [read_tsv(folder / name) for name in _TEST]
    if settings.size == "mini":
        order = stratified_order(labels, np.random.default_rng(_MINI_SEED))
        kept = np.sort(order[:_MINI_SAMPLES])
        sentences, labels = [sentences[at] for at in kept], labels[kept]
    task = Task.from_arrays(
        np.zeros((len(labels), 1), np.int32),
        labels,
        np.zeros((sum(len(found) for _, found in tests), 1), np.int32),
        np.concatenate([found for _, found in tests]),
        metric="matthews",
        classes=("unacceptable", "acceptable"),
        name="cola",
        source="https://nyu-mll.github.io/CoLA/",
        modality="text",
    )
    part = task.split(settings.split_seed, settings.validation_share).train
    vocabulary = Vocabulary.build(
        (sentences[at] for at in part),
        TOKENISERS[names](),
        settings.max_length or _LENGTH,
        settings.least_count or _LEAST_COUNT,
    )
    return replace(
        task,
        x_train=vocabulary.encode(sentences),
        x_test=vocabulary.encode(text for found, _ in tests for text in found),
        vocabulary=vocabulary,
        class_weights="balanced",
        licence="no licence stated; sentences quoted for research",
    )


def read_tsv(path: Path) -> tuple[list[str], NDArray[np.int64]]:
    """Sentences and labels (1: acceptable) of an official file; quotes mean nothing.

    Raises:
        DataError: missing or corrupt; with its line.
    """
    sentences, labels = [], []
    for line, text in read_lines(path):
        cells = text.split("\t")
        if len(cells) != len(_CELLS):
            raise DataError(
                f"{path}, line {line}: expected {len(_CELLS)} cells between tabs "
                f"({', '.join(_CELLS)}), got {len(cells)}"
            )
        if cells[1] not in ("0", "1"):
            raise DataError(
                f"{path}, line {line}: expected the label 0 or 1 in the second cell, "
                f"got {cells[1]!r}"
            )
        if not cells[3].strip():
            raise DataError(f"{path}, line {line}: expected a sentence, got none")
        sentences.append(cells[3])
        labels.append(int(cells[1]))
    if not sentences:
        raise DataError(f"{path}: expected sentences, got an empty file")
    return sentences, np.array(labels, np.int64)
