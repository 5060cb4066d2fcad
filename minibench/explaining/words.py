"""A story in words: sections of paragraphs, each perhaps with a table."""

from __future__ import annotations

from collections.abc import Sequence

from evonas.space import ConstraintSet
from minibench.advice.judging import FADED, FADING
from minibench.advice.trainings import FIRST, OWN
from minibench.explaining.backing import Backing, backings
from minibench.explaining.refusal_words import audited, refusals, seeded
from minibench.explaining.section import (
    DIGITS,
    Section,
    percent,
    record_text,
    short,
    weights_text,
)
from minibench.explaining.story import Story, Turn
from minibench.places import Whole, told, word

#: turns that are told beside the first one, and changes of one that are
TURNS, CHANGES = 12, 6


def sections(story: Story, places: Sequence[str] = ()) -> list[Section]:
    """All that there is to say.

    Args:
        story: of the run.
        places: whose values are told one by one, with who backs them: `blocks.conv`
            means all of its fields; none: a line for each place.
    """
    if places:
        return [_values(story, places)]
    found = [_sources(story), _moves(story), _space(story), refusals(story)]
    found += [audited(story), seeded(story)]
    return [one for one in found if one.paragraphs or one.rows]


def _sources(story: Story) -> Section:
    knowledge = story.knowledge
    settings, now = knowledge.settings, story.weights
    sources = sorted(knowledge.sources, key=lambda one: -one.weight)
    how = {
        "hard": "mode hard: nothing outside the set is drawn",
        "soft": f"mode soft: {percent(settings.outside)} of the draws are of the "
        "whole space",
        "off": "mode off: the set is not applied",
    }[settings.mode]
    paragraphs = [
        f"The task is {knowledge.task}; {how}.",
        _judged(story),
        *(["The set was given by a person."] if knowledge.given is not None else []),
        *(
            ["The graph of the best known network is held; only numbers vary."]
            if knowledge.topology is not None
            else []
        ),
    ]
    keys = [one.sets.problem for one in sources]
    return Section(
        "Which problems count, and why",
        tuple(paragraphs),
        ("problem", "at the start", "now", "why", "best networks") if sources else (),
        tuple(
            (
                short(one.sets.problem, keys),
                f"{one.weight:.2f}",
                f"{now.get(one.sets.problem, 0.0):.2f}",
                one.why,
                f"{one.sets.networks:,}",
            )
            for one in sources
        ),
    )


def _judged(story: Story) -> str:
    """Who says what is refused, in a sentence."""
    knowledge = story.knowledge
    if knowledge.settings.accept >= 1:
        return "All candidates pass, whatever they promise (`accept: 1`)."
    own = f"the search's own trainings, from {FIRST} on"
    if knowledge.unjudged:
        judges = f"by {own}; earlier searches do not say: {knowledge.unjudged}"
    else:
        judges = f"by the networks of earlier searches and {own}"
    accepted = percent(knowledge.settings.accept)
    return (
        f"Of the candidates the most promising {accepted} pass, judged {judges}. After "
        f"{FADING} trainings more of them do, and after {FADED} all."
    )


def _moves(story: Story) -> Section:
    turns = story.turns
    if not turns:
        return Section(
            "How the set moved",
            ("No set was made yet: that is done before the first generation.",),
        )
    told = [turn for turn in turns[1:] if turn.by == "person" or _moved(turn)]
    shown = [turns[0], *told[max(0, len(told) - TURNS) :]]
    paragraphs = []
    if len(shown) < len(turns):
        paragraphs.append(
            f"{len(turns) - len(shown)} of {len(turns)} times are left out, those "
            f"that changed least or came early; --json tells all."
        )
    if story.held:
        paragraphs.append(
            "A person has the last word on the set: the advisor leaves it alone until "
            "`minibench constraints --edit RUN --release`."
        )
    return Section(
        "How the set moved",
        tuple(paragraphs),
        ("trained", "by", "weights of the problems", "what became of the set"),
        tuple(
            (f"{one.told:,}", one.by, _weights(one), _outcome(one, one is turns[0]))
            for one in shown
        ),
    )


def _moved(turn: Turn) -> bool:
    """Whether there is something to tell: a reclassification, or another set."""
    return bool(turn.note.get("reclassified") or turn.changes)


def _weights(turn: Turn) -> str:
    if not turn.weights:
        return "as before" if turn.weights is None else "none"
    text = weights_text(turn.weights)
    posterior = turn.note.get("posterior")
    if posterior:
        text += (
            f" (the {turn.note['elite']} best resemble {weights_text(posterior, 3)})"
        )
    own = turn.note.get("merged", {}).get(OWN)
    return f"{text}; {OWN} {own:.2f} of the set" if own else text


def _outcome(turn: Turn, first: bool) -> str:
    made = turn.constraints
    if made is None:
        return "no set"
    parts = []
    if first:
        parts.append(f"first set, {made.content_hash()[:DIGITS]}")
    else:
        parts += [str(one) for one in turn.changes[:CHANGES]]
        if len(turn.changes) > CHANGES:
            parts.append(f"{len(turn.changes) - CHANGES} more places")
        if not parts and turn.reweighted:
            parts.append(f"other weights at {len(turn.reweighted)} places")
        parts = parts or ["the same set"]
    kept = turn.note.get("kept", ())
    if kept:
        words = ", ".join(f"{place} {word(value)}" for place, value in kept[:CHANGES])
        more = f" and {len(kept) - CHANGES} more" if len(kept) > CHANGES else ""
        parts.append(f"kept for the elite's sake: {words}{more}")
    if turn.by == "person":
        parts.append("held" if turn.note.get("hold") else "the advisor goes on")
    return "; ".join(parts)


def _space(story: Story) -> Section:
    made, whole = story.constraints, story.whole
    if made is None:
        return Section("")
    if whole is None:
        return Section(
            "What the search draws from now",
            (
                "What could be drawn without the set is not known here, since the "
                "run's table is not there; --place tells the set's own values.",
            ),
        )
    rows = [
        (
            one.place,
            "nothing" if one.allowed is None else told(one.allowed),
            percent(one.share),
            told(one.whole),
            _most_used(made, one.place),
        )
        for one in whole.left(made)
        if one.share < 1 or backings(made, one.place)
    ]
    return Section(
        "What the search draws from now",
        (_shares(whole, made), "--place PLACE tells the values with their records."),
        ("place", "inside the set", "share", "of all", "most used"),
        tuple(rows),
    )


def _shares(whole: Whole, made: ConstraintSet) -> str:
    shares = whole.shares(made)
    parts = [
        f"{name} {percent(share)}"
        for name, share in (
            ("of the nodes", shares.node),
            ("of the ways to join", shares.merge),
            ("of the recipes", shares.recipe),
            ("of the cells", shares.cell),
        )
        if share is not None
    ]
    return f"Left of the whole space, by even draws: {', '.join(parts)}."


def _most_used(made: ConstraintSet, place: str) -> str:
    known = backings(made, place)
    return _backed(known[0]) if known else ""


def _backed(one: Backing) -> str:
    return f"{one.text}: " + ", ".join(
        f"{percent(share)} of {short(key, one.shares)}"
        for key, share in sorted(one.shares.items(), key=lambda pair: -pair[1])
    )


def _values(story: Story, places: Sequence[str]) -> Section:
    """Every value of some places, with the records that use it."""
    made = story.constraints
    noted = {} if made is None else made.provenance.get("items", {})
    chosen = [
        place
        for place in noted
        if any(place == one or place.startswith(f"{one}.") for one in places)
    ]
    if made is None or not chosen:
        known = ", ".join(noted) or "none"
        return Section(
            "Who uses what",
            (f"Nothing is noted at {', '.join(places)}; the set notes: {known}.",),
        )
    rows = []
    for place in chosen:
        for one in backings(made, place):
            for key, share in one.shares.items():
                records = ", ".join(map(record_text, one.records[key]))
                rows.append(
                    (place, one.text, short(key, one.shares), percent(share), records)
                )
    return Section(
        "Who uses what",
        ("`minibench show ID` shows a record; of this search the best have numbers.",),
        ("place", "value", "problem", "of its best", "records"),
        tuple(rows),
    )
