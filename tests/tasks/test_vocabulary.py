"""Tests of vocabularies and tokenisers."""

from __future__ import annotations

import builtins
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.errors import ConfigError, DataError
from evonas.tasks.tokens import UNKNOWN
from evonas.tasks.vocabulary import SPECIAL, Tokeniser, Vocabulary, treebank, words

PLAIN = Tokeniser("plain")
TEXTS = st.lists(st.text("abc AB", min_size=1, max_size=20), min_size=1, max_size=8)


@given(TEXTS, st.integers(1, 6), st.integers(1, 3))
def test_known_tokens_are_those_that_come_often_enough(
    texts: list[str], length: int, least_count: int
) -> None:
    """Everything else is unknown; numbers stay below the size of the vocabulary."""
    tokens = [token for text in texts for token in PLAIN(text)]
    frequent = {token for token in tokens if tokens.count(token) >= least_count}
    if not frequent:
        with pytest.raises(DataError, match="expected a token that comes"):
            Vocabulary.build(texts, PLAIN, length, least_count)
        return
    vocabulary = Vocabulary.build(texts, PLAIN, length, least_count)
    assert set(vocabulary.tokens) == {*SPECIAL, *frequent}
    numbers = vocabulary.encode(texts)
    assert numbers.shape == (len(texts), length)
    assert 0 <= numbers.min() <= numbers.max() < len(vocabulary)
    for text, row in zip(texts, numbers, strict=True):
        kept = PLAIN(text)[:length]
        unknown = [token not in frequent for token in kept]
        assert list(row[length - len(kept) :] == UNKNOWN) == unknown


@given(TEXTS, st.randoms())
def test_the_order_of_the_texts_has_no_part_in_the_numbers(
    texts: list[str], random: Any
) -> None:
    """Equal texts give equal vocabularies, the frequent tokens first."""
    texts = [*texts, "a"]
    mixed = random.sample(texts, len(texts))
    first = Vocabulary.build(texts, PLAIN, 4)
    assert Vocabulary.build(mixed, PLAIN, 4) == first


def test_the_text_form_has_all_that_encoding_needs() -> None:
    """It is what an export takes along, by way of JSON."""
    vocabulary = Vocabulary.build(["The cat's out", "the cat"], words(), 5)
    data = json.loads(json.dumps(vocabulary.to_json()))
    assert data["tokens"] == [*SPECIAL, "the", "cat", "cat's", "out"]
    assert data["length"] == 5
    rules = tuple((pattern, new) for pattern, new in data["tokeniser"].pop("rules"))
    assert Tokeniser(**data["tokeniser"], rules=rules) == vocabulary.tokeniser


def test_words_are_letters_with_what_joins_them() -> None:
    """Punctuation goes, apostrophes and hyphens within a word stay."""
    text = "\"Don't\" -- said the well-known X3, 'twice'?!"
    assert words()(text) == ["don't", "said", "the", "well-known", "x3", "twice"]


SENTENCES = (
    "They'll save and invest more.",
    "hi, my name can't hello,",
    'He said "it\'s (almost) done"; I cannot agree... [sic]',
    "Good muffins cost $3.88 -- 'tis true: gonna buy 2,000 of 'em!",
)


@settings(max_examples=40)
@given(st.text("aCnot'\" .,:;?!()-`3\n$", max_size=30) | st.sampled_from(SENTENCES))
def test_the_treebank_rules_are_those_of_nltk(text: str) -> None:
    """Cut with the standard library, texts fall apart as NLTK cuts them."""
    module = pytest.importorskip(
        "nltk.tokenize.treebank", reason="NLTK is not installed (extra `text`)"
    )
    expected = module.TreebankWordTokenizer().tokenize(text)
    assert treebank()(text) == [token.lower() for token in expected]


def test_a_missing_nltk_is_told_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And with the tokeniser that needs nothing."""
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("nltk"):
            raise ImportError("No module named 'nltk'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"evonas\[text\].*tokeniser: words"):
        treebank()


def test_no_texts_make_no_rows() -> None:
    """The shape still tells the length."""
    empty = Vocabulary.build(["a"], PLAIN, 3).encode([])
    assert (empty.shape, empty.dtype) == ((0, 3), np.int32)
