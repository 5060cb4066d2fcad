"""What curators do: compare, merge, validate, review.

- `difference` and `merge` of two sources, each a database or a text form.
- `validate` lists what should be looked at.
- `review` gives many records a state.
"""

from minibench.curation.differences import Difference, OtherReviews, difference
from minibench.curation.merging import MergeConflictError, Merged, Side, merge
from minibench.curation.reviewing import review
from minibench.curation.source import DatabaseSource, Source, TextSource, open_source
from minibench.curation.validation import Finding, unreadable, validate

__all__ = [
    "DatabaseSource",
    "Difference",
    "Finding",
    "MergeConflictError",
    "Merged",
    "OtherReviews",
    "Side",
    "Source",
    "TextSource",
    "difference",
    "merge",
    "open_source",
    "review",
    "unreadable",
    "validate",
]
