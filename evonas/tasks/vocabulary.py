"""Vocabularies: which tokens a text has, and which number each of them gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError, DataError
from evonas.tasks.tokens import split_tokens, token_numbers

#: what stands for padding and for unknown tokens in the list of tokens
SPECIAL = ("<pad>", "<unk>")


@dataclass(frozen=True)
class Tokeniser:
    """How a text is cut into tokens, as data, so that an export can take it along.

    Attributes:
        name: as in the settings.
        rules: (regular expression, replacement) pairs, applied one after the other
            before the text is split at spaces.
        lower: whether tokens lose their capitals.
    """

    name: str
    rules: tuple[tuple[str, str], ...] = ()
    lower: bool = True

    def __call__(self, text: str) -> list[str]:
        """The tokens of a text."""
        return split_tokens(text, self.rules, self.lower)


def words() -> Tokeniser:
    """Lower-cased words; hyphens and apostrophes inside a word belong to it."""
    return Tokeniser(
        "words", ((r"[^\w'’-]+", " "), (r"(?<!\w)['’-]+|['’-]+(?!\w)", " "))
    )


def treebank() -> Tokeniser:
    """NLTK's `TreebankWordTokenizer`, lower-cased: "don't" gives "do" and "n't".

    Its regular expressions are taken from the installed NLTK, which downloads nothing
    for it, and applied in its order.

    Raises:
        ConfigError: NLTK is not installed.
    """
    try:
        # Importing NLTK takes seconds, and nothing else needs it.
        from nltk.tokenize.treebank import TreebankWordTokenizer as Treebank
    except ImportError as error:
        raise ConfigError(
            "task.tokeniser: treebank needs NLTK, which is not installed "
            f"({error}); `pip install evonas[text]` or `pip install nltk`, or choose "
            "tokeniser: words"
        ) from error
    replacing = [
        *Treebank.STARTING_QUOTES,
        *Treebank.PUNCTUATION,
        Treebank.PARENS_BRACKETS,
        Treebank.DOUBLE_DASHES,
    ]
    rules = [
        *((pattern.pattern, new) for pattern, new in replacing),
        # NLTK adds a space at both ends here.
        (r"\A|\Z", " "),
        *((pattern.pattern, new) for pattern, new in Treebank.ENDING_QUOTES),
        *((pattern.pattern, r" \1 \2 ") for pattern in Treebank.CONTRACTIONS2),
        *((pattern.pattern, r" \1 \2 ") for pattern in Treebank.CONTRACTIONS3),
    ]
    return Tokeniser("treebank", tuple(rules))


#: name in `task.tokeniser` → what makes it
TOKENISERS: dict[str, Callable[[], Tokeniser]] = {"words": words, "treebank": treebank}


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a text task by number, and how sentences become numbers.

    Attributes:
        tokeniser: cuts a text into tokens.
        tokens: in the order of their numbers; 0 is padding, 1 any other token.
        length: numbers a text; longer texts lose their end, shorter ones are filled up
            in front.
    """

    tokeniser: Tokeniser
    tokens: tuple[str, ...]
    length: int

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Token → number."""
        return {token: number for number, token in enumerate(self.tokens)}

    def encode(self, texts: Iterable[str]) -> NDArray[np.int32]:
        """Token numbers of texts, (N, length)."""
        rows = [
            token_numbers(self.tokeniser(text), self.numbers, self.length)
            for text in texts
        ]
        return np.array(rows, np.int32).reshape(len(rows), self.length)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form, which has all that encoding needs."""
        return {
            "tokeniser": asdict(self.tokeniser),
            "length": self.length,
            "tokens": list(self.tokens),
        }

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        tokeniser: Tokeniser,
        length: int,
        least_count: int = 1,
    ) -> Vocabulary:
        """The vocabulary of training texts, the most frequent tokens first.

        Args:
            texts: of the training part alone.
            tokeniser: cuts them.
            length: see `Vocabulary`.
            least_count: tokens that come less often count as unknown.

        Raises:
            DataError: no token comes often enough.
        """
        counts = Counter(token for text in texts for token in tokeniser(text))
        for token in SPECIAL:
            counts.pop(token, None)
        kept = [token for token, count in counts.items() if count >= least_count]
        if not kept:
            raise DataError(
                f"vocabulary: expected a token that comes {least_count} times or more, "
                f"got none ({len(counts)} different tokens); lower task.least_count"
            )
        # By name within one frequency, so that the order of the texts has no part in it
        kept.sort(key=lambda token: (-counts[token], token))
        return cls(tokeniser, (*SPECIAL, *kept), length)
