"""What was refused and whether that was right, and how seeds did, in words."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from minibench.advice.audits import GOOD, LEAST
from minibench.explaining.section import DIGITS, Section, percent
from minibench.explaining.story import Story, Turn

#: records that are named as the nearest ones
NAMED = 5


def refusals(story: Story) -> Section:
    """How many candidates were refused, when and by which rule."""
    refused = story.refused
    if not refused:
        return Section("What was refused", ("No candidate was refused.",))
    total = len(refused)
    rows = []
    for (stage, rule), count in story.refusals().most_common():
        same = [one for one in refused if (one.stage, one.rule) == (stage, rule)]
        rows.append(
            (
                stage,
                rule,
                f"{count:,}",
                percent(count / total),
                f"{statistics.fmean(one.confidence for one in same):.2f}",
                f"{sum(one.audited for one in same):,}",
            )
        )
    paragraphs = [f"{total:,} refusals for {len(story.trained):,} trained candidates."]
    nearest = story.nearest().most_common(NAMED)
    if nearest:
        words = ", ".join(f"{name[:DIGITS]} ({count:,})" for name, count in nearest)
        paragraphs.append(f"The best networks nearest to them were most often {words}.")
    return Section(
        "What was refused",
        tuple(paragraphs),
        ("stage", "rule", "refused", "share", "mean confidence", "audited"),
        tuple(rows),
    )


def audited(story: Story) -> Section:
    """What the audits have found, and what followed from it."""
    audits, asked = story.audits, sum(one.audited for one in story.refused)
    rate = audits.rate()
    paragraphs = []
    if rate is not None:
        share, low, high = rate
        paragraphs.append(
            f"{len(audits.audited):,} refused candidates were trained all the same: "
            f"{percent(share)} (95 % interval {percent(low)} to {percent(high)}) were "
            f"as good as the best {percent(GOOD)} of the accepted ones, so refused "
            f"wrongly. Refusals at random would have {percent(GOOD)}."
        )
    elif story.refused:
        paragraphs.append(
            f"{len(audits.audited):,} of {asked:,} audits are trained; a rate is told "
            f"from {LEAST} on."
        )
    if story.loosened:
        after = ", ".join(map(str, _loosenings(story.turns)))
        times = "once" if story.loosened == 1 else f"{story.loosened} times"
        paragraphs.append(
            "The filter refused worse than chance would, and loosened itself "
            f"{times} (after {after} trainings)."
        )
    paragraphs += _cache(story)
    return Section("Were the refusals right?", tuple(paragraphs))


def _loosenings(turns: Sequence[Turn]) -> list[int]:
    """After how many trainings the filter was loosened, each time."""
    found, known = [], 0
    for turn in turns:
        now = turn.note.get("loosened", known)
        if now > known:
            found.append(turn.told)
        known = now
    return found


def _cache(story: Story) -> list[str]:
    """How often a candidate that is judged was encoded already."""
    asked, hits = story.cache.get("asked", 0), story.cache.get("hits", 0)
    if not asked:
        return []
    return [
        f"Of {asked:,} times that a candidate was looked at, it was known already "
        f"{hits:,} times ({percent(hits / asked)})."
    ]


def seeded(story: Story) -> Section:
    """What became of the networks that the search began with."""
    seeds, given = story.seeds(), story.knowledge.seeds
    if not seeds and not given:
        return Section("")
    metric, trained = story.objective.metric, len(story.trained)
    waiting = max(0, len(given) - len(seeds))
    known = len(seeds) + waiting
    paragraphs = [
        f"{len(seeds)} of {known} networks of the database were trained as seeds"
        + (f"; {waiting} wait, or could not be told in this space." if waiting else ".")
    ]
    ranked = sorted(seeds, key=lambda one: story.rank(one) or trained + 1)
    return Section(
        "How the seeds did",
        tuple(paragraphs),
        ("record", "trained as", metric, "rank") if seeds else (),
        tuple(
            (
                str(one.seed)[:DIGITS],
                f"#{one.number}",
                "failed" if one.value is None else f"{one.value:.4g}",
                "" if one.value is None else f"{story.rank(one)} of {trained}",
            )
            for one in ranked
        ),
    )
