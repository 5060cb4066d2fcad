"""A recommendation on the screen, with its evidence and what it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evonas.architecture import to_text
from evonas.run.wording import clock, number
from minibench.nearest import NAME
from minibench.recommendation import Expectation, Neighbour, Recommendation, Start

#: digits of a record's id that are shown
DIGITS = 10
#: runs that are named as evidence of a problem
RUNS = 3


def tell(console: Console, found: Recommendation, *, kept: bool) -> None:
    """Print all of it.

    Args:
        console: to print on.
        found: the recommendation.
        kept: whether the database has the numbers of the data, too.
    """
    _part(console, "The data", _data(found, kept))
    if not found.neighbours:
        known = ", ".join(found.modalities) or "nothing"
        console.print(
            f"The database knows no problem of the modality {found.task.modality} "
            f"(it knows {known}), so nothing can be recommended: search without "
            "constraints, and add the run with `minibench add`."
        )
        return
    console.print("[bold]Nearest problems[/bold]")
    console.print(_neighbours(found))
    console.print()
    _part(console, "The network to begin with", _start(found.start, found))
    _part(console, "What to expect", _expected(found))
    _part(console, "What is not known", _unknown(found))


def _part(console: Console, title: str, lines: Iterator[str]) -> None:
    console.print(f"[bold]{title}[/bold]")
    for line in lines:
        console.print(escape(line))
    console.print()


def _data(found: Recommendation, kept: bool) -> Iterator[str]:
    task = found.task
    shape = "×".join(map(str, task.input_shape))
    yield (
        f"{task.key}: {task.modality} {shape}, {task.kind} of {task.outputs}, ranked "
        f"by {task.metric}"
    )
    numbers = [f"{one.name} {one.value:g}" for one in task.characterisation]
    yield ", ".join(numbers) or "not characterised"
    if not kept:
        yield "(these numbers are not kept; --keep puts them into the database)"


def _neighbours(found: Recommendation) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("problem")
    for name in ("weight", "why", "networks", "searches", "best", "median"):
        table.add_column(name, justify="right")
    table.add_column("trained for")
    for one in found.neighbours:
        middle = one.best[len(one.best) // 2].metrics[one.problem.ranked_by]
        table.add_row(
            escape(one.problem.key),
            f"{one.weight:.2f}",
            one.why,
            f"{len(one.best):,}",
            f"{len(one.runs):,}",
            f"{one.problem.metric} {number(one.runs[0].best)}",
            number(middle),
            _trained(one),
        )
    return table


def _trained(one: Neighbour) -> str:
    fidelity = one.fidelity
    share = "" if fidelity.data_share == 1 else f" of {fidelity.data_share:.0%}"
    return f"{fidelity.epochs:g} epoch{'s' * (fidelity.epochs != 1)}{share}"


def _start(start: Start | None, found: Recommendation) -> Iterator[str]:
    if start is None:
        yield (
            "None: no network of these problems can be told in the space of the task."
        )
        return
    source = next(
        one for one in found.neighbours if one.problem.key == start.record.problem
    )
    problem = source.problem
    place = [one.id for one in source.best].index(start.record.id) + 1
    yield (
        f"Record {start.record.id[:DIGITS]} ({start.record.state.value}), number "
        f"{place} of {len(source.best):,} of {problem.key}: {problem.metric} "
        f"{number(start.record.metrics[problem.ranked_by])} there."
    )
    yield (
        "It is the same network here."
        if not start.changes
        else f"Here it differs (distance {start.distance:.2f}): "
        f"{'; '.join(start.changes)}."
    )
    yield (
        f"{start.parameters:,} parameters, {start.multiply_adds:,} multiply-adds a "
        "sample:"
    )
    yield to_text(start.candidate.architecture, found.task.input_shape)
    if found.closest is not None:
        yield from _closest(found.closest, source)


def _closest(start: Start, source: Neighbour) -> Iterator[str]:
    """Another one of its problem that can be told better."""
    how = f"distance {start.distance:.2f}" if start.changes else "it is the same here"
    value = number(start.record.metrics[source.problem.ranked_by])
    yield (
        f"Nearer to what it was there: record {start.record.id[:DIGITS]}, "
        f"{source.problem.metric} {value} ({how}); `minibench show` draws it."
    )


def _expected(found: Recommendation) -> Iterator[str]:
    task = found.task
    if found.metric is not None:
        yield (
            f"Best {task.metric} of a search whose trainings see as many samples as "
            f"theirs: {_range(found.metric)}, by {found.metric.count} searches of "
            f"{_named(found.metric.problems)}."
        )
        yield from _checked(found)
        for one in found.neighbours:
            if one.comparable:
                yield f"  evidence: {_evidence(one)}"
    else:
        yield (
            f"No {task.metric} can be told: the neighbours are ranked by another "
            "metric, or in units of their own data. By rank: the network above was the "
            "best, or nearly, of those of its problem."
        )
    if found.seconds is not None:
        low, middle, high = found.seconds.quantiles
        yield (
            f"A training took {clock(middle)} ({clock(low)} to {clock(high)}), by "
            f"{found.seconds.count:,} trainings on the machines of "
            f"{_named(found.seconds.problems)}."
        )
        for one in found.neighbours:
            times = found.samples(one)
            if times is not None and not 0.8 < times < 1.25:
                yield (
                    f"  this task has {times:.2g} times the training samples of "
                    f"{one.problem.name}"
                )
    if found.parameters is not None:
        low, middle, high = found.parameters.quantiles
        yield (
            f"Best networks there have {middle:,.0f} parameters ({low:,.0f} to "
            f"{high:,.0f})."
        )


def _checked(found: Recommendation) -> Iterator[str]:
    if found.miss is None:
        yield "Such a guess was never tried: no two problems could be held against it."
        return
    yield (
        f"Such a guess was {number(found.miss)} off on average for "
        f"{len(found.misses)} problems of the database, each guessed from the others."
    )


def _evidence(one: Neighbour) -> str:
    parts = []
    for run in one.runs[:RUNS]:
        seconds = "" if run.seconds is None else f" in {clock(run.seconds)}"
        parts.append(
            f"{number(run.best)} ({run.record[:DIGITS]}, of {run.networks} networks "
            f"kept{seconds})"
        )
    more = f" and {len(one.runs) - RUNS} more" if len(one.runs) > RUNS else ""
    return f"{one.problem.name} {', '.join(parts)}{more}"


def _range(found: Expectation) -> str:
    low, middle, high = map(number, found.quantiles)
    return f"about {middle} (10 to 90 %: {low} to {high})"


def _named(problems: Sequence[str]) -> str:
    return ", ".join(key.partition("@")[0] for key in problems)


def _unknown(found: Recommendation) -> Iterator[str]:
    task = found.task
    if NAME not in {one.name for one in task.characterisation}:
        yield (
            "How hard the data are: no ProbeNet was trained (--probe), so that "
            "problems are near by their descriptors alone."
        )
    elif not any(one.why.startswith("|ΔDCN|") for one in found.neighbours):
        yield (
            "How hard the neighbours' data are: none is characterised with these "
            "settings, so that they are near by their descriptors alone."
        )
    if found.known:
        yield (
            "Nothing but the problem itself is as near: --leave-out "
            f"{task.name} tells what the others say."
        )
    yield (
        "How many trainings the searches needed in all: the database keeps some of "
        "their networks. Other machines take other times."
    )
