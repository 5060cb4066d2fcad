"""Tests of cutting sentences into token numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evonas.tasks.tokens import PADDING, UNKNOWN, split_tokens, token_numbers

NUMBERS = {"a": 2, "b": 3}


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.integers(1, 9))
def test_every_text_becomes_one_length(tokens: list[str], length: int) -> None:
    """Padding stands in front, the end of a long text is dropped."""
    numbers = token_numbers(tokens, NUMBERS, length)
    kept = tokens[:length]
    assert len(numbers) == length
    assert numbers[: length - len(kept)] == [PADDING] * (length - len(kept))
    expected = [NUMBERS.get(token, UNKNOWN) for token in kept]
    assert numbers[length - len(kept) :] == expected


def test_rules_are_applied_in_their_order() -> None:
    """Before the text is split at spaces."""
    rules = [("-", " - "), (" - ", "+")]
    assert split_tokens("A-b C", rules, lower=False) == ["A+b", "C"]
    assert split_tokens("A-b C", rules, lower=True) == ["a+b", "c"]
