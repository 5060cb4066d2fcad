"""Tests of sentences on their way into an exported network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.architecture import Architecture, Layer
from evonas.network import ExportInfo, build, export
from evonas.network.sentences import sentence_numbers
from evonas.tasks.vocabulary import Vocabulary, words

VOCABULARY = Vocabulary.build(
    ["The cat sat on the mat.", "A well-known cat's mat; naïve 'quotes'"], words(), 6
)
ARCHITECTURE = Architecture.chain(
    [
        Layer("embedding", {"vocabulary": len(VOCABULARY), "dimension": 4}),
        Layer("gru", {"units": 5, "sequence": False}),
        Layer("dense", {"units": 2}),
    ]
)
INFO = ExportInfo(
    task="cola",
    kind="classification",
    layout="tokens",
    dtype="int32",
    value_range=(0, len(VOCABULARY) - 1),
    classes=("unacceptable", "acceptable"),
    vocabulary=VOCABULARY.to_json(),
)


@settings(max_examples=30)
@given(sentences=st.lists(st.text("the catsmon.-' ï;", max_size=40), max_size=4))
def test_an_export_cuts_sentences_as_the_task_did(
    sentences: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By the file beside it, with the same numbers."""
    path = tmp_path_factory.getbasetemp() / "vocabulary.json"
    path.write_text(json.dumps(VOCABULARY.to_json()), encoding="utf-8")
    numbers = sentence_numbers(sentences, path)
    assert numbers.dtype == torch.int32
    assert numbers.tolist() == VOCABULARY.encode(sentences).tolist()


def test_an_exported_network_reads_sentences_without_evonas(tmp_path: Path) -> None:
    """In a process that has torch and the folder, and nothing else."""
    network = build(ARCHITECTURE, (6,), 0)
    folder = export(ARCHITECTURE, (6,), network.state_dict(), tmp_path / "out", INFO)
    program = (
        "import sys; from network import encode, load; "
        "numbers = encode(['The cat sat.', 'Unheard of']); "
        "print(numbers.tolist(), tuple(load()(numbers).shape)); "
        "assert not any(name.startswith(('evonas', 'nltk')) for name in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    expected = VOCABULARY.encode(["The cat sat.", "Unheard of"]).tolist()
    assert done.stdout.strip() == f"{expected} (2, 2)"
    readme = (folder / "README.md").read_text()
    assert "from network import encode, load" in readme
    assert "vocabulary.json" in readme
