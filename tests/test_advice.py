"""Revisions go through a journal."""

from __future__ import annotations

import json

from evonas.advice import ACCEPTED, Revision, Verdict
from evonas.space import Choice, ConstraintSet

MADE = ConstraintSet(merges=Choice(("sum",)), provenance={"why": "tested"})


def test_a_revision_goes_through_json() -> None:
    """With a set and without one; journals of before have no note."""
    for one in (Revision(MADE, {"told": 3}), Revision(None, {"told": 3})):
        data = json.loads(json.dumps(one.to_json(), allow_nan=False))
        assert Revision.from_json(data) == one
    assert Revision.from_json({"constraints": MADE.to_json()}) == Revision(MADE)


def test_where_nobody_advises_all_is_accepted() -> None:
    """By no rule."""
    assert Verdict(accepted=True) == ACCEPTED
    assert not Verdict(False, "a rule").audited
