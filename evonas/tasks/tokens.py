"""From a sentence to token numbers.

The standard library only, since an exported network takes this source with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: number of the token that fills a short sentence up
PADDING = 0
#: number of every token that the vocabulary does not have
UNKNOWN = 1


def split_tokens(text: str, rules: Sequence[tuple[str, str]], lower: bool) -> list[str]:
    """The tokens of a text: after some replacements, what stands between spaces.

    Args:
        text: to be split.
        rules: (regular expression, replacement) pairs, applied one after the other.
        lower: whether tokens lose their capitals.
    """
    for pattern, replacement in rules:
        text = re.sub(pattern, replacement, text)
    return [token.lower() if lower else token for token in text.split()]


def token_numbers(
    tokens: Sequence[str], numbers: Mapping[str, int], length: int
) -> list[int]:
    """So many numbers: of the first tokens, with padding in front.

    In front, so that what reads step by step ends with the end of the sentence.

    Args:
        tokens: of one text; what goes beyond `length` is dropped.
        numbers: token → number.
        length: of the result.
    """
    known = [numbers.get(token, UNKNOWN) for token in tokens[:length]]
    return [PADDING] * (length - len(known)) + known
