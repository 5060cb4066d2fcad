"""From sentences to the token numbers that an exported network reads.

It uses torch and the standard library only, since its source is copied into exports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import torch

from evonas.tasks.tokens import split_tokens, token_numbers


def sentence_numbers(sentences: Iterable[str], vocabulary: Path) -> torch.Tensor:
    """Token numbers of sentences, (batch, length), int32.

    Args:
        sentences: as they were written, punctuation and capitals included.
        vocabulary: `vocabulary.json` of an export.
    """
    data = json.loads(vocabulary.read_text(encoding="utf-8"))
    rules, lower = data["tokeniser"]["rules"], data["tokeniser"]["lower"]
    numbers = {token: number for number, token in enumerate(data["tokens"])}
    rows = [
        token_numbers(split_tokens(sentence, rules, lower), numbers, data["length"])
        for sentence in sentences
    ]
    return torch.tensor(rows, dtype=torch.int32).reshape(len(rows), data["length"])
