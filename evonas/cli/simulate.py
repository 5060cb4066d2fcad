"""`evonas simulate`: a search on workers that are made up, before they are rented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cluster.virtual import ClusterModel
from evonas.build import (
    Resolved,
    check_space,
    refuse_islands,
    refuse_reuse,
    resolve,
    stopping,
)
from evonas.cli.options import Overrides
from evonas.config import load_config
from evonas.errors import ConfigError
from evonas.run.wording import clock
from evonas.simulate import (
    Figures,
    Timing,
    make_workers_evaluator,
    modes_of,
    simulate,
    with_mode,
)
from evonas.storage.files import replace_file

EXAMPLES = """\
Examples:

evonas simulate configs/quickstart.yaml --workers 64

evonas simulate my.yaml --workers 4096 --mean 90 --set budget.evaluations=40000

evonas simulate my.yaml --workers 256 --from-run runs/first --preemptions 0.1
"""

#: a manager as busy as this makes its workers wait
BUSY = 0.9


def simulate_command(
    config: Annotated[
        Path, typer.Argument(help="YAML file with the settings.", metavar="CONFIG")
    ],
    workers: Annotated[
        int, typer.Option(min=1, help="Workers that are made up.", metavar="N")
    ],
    overrides: Overrides = None,
    mean: Annotated[
        float | None,
        typer.Option(
            help="Mean seconds of an evaluation, drawn log-normal; 60 if absent, a "
            "table's own with task.table.",
            metavar="SECONDS",
        ),
    ] = None,
    sigma: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of the logarithm of the seconds; 1 if absent.",
        ),
    ] = None,
    from_run: Annotated[
        Path | None,
        typer.Option(
            help="Take seconds, outcomes and metrics from the records of a run.",
            metavar="RUN",
        ),
    ] = None,
    failures: Annotated[
        float,
        typer.Option(help="Deaths in an hour of a worker's life; it stays away."),
    ] = 0.0,
    preemptions: Annotated[
        float,
        typer.Option(help="Times in an hour that a worker is taken away for a while."),
    ] = 0.0,
    away: Annotated[
        float, typer.Option(help="How long it then is.", metavar="SECONDS")
    ] = 600.0,
    latency: Annotated[
        float, typer.Option(help="Of a message, each way.", metavar="SECONDS")
    ] = 0.001,
    manager: Annotated[
        float | None,
        typer.Option(
            help="Milliseconds of the manager for each record; measured if absent.",
            metavar="MS",
        ),
    ] = None,
    longest_first: Annotated[
        bool,
        typer.Option(
            "--longest-first",
            help="Of the requests that wait, begin the longest (as if it were known).",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the figures as JSON, too.", metavar="FILE"),
    ] = None,
) -> None:
    """Run the real search on made-up workers, in virtual time.

    Tells how busy workers and manager would be with the budget of CONFIG, and for how
    many workers one manager is enough. A strategy with two modes is tried in both.
    """
    model = _model(
        workers, failures, preemptions, away, latency, manager, longest_first
    )
    resolved = resolve(load_config(config, overrides or ()))
    refuse_islands(resolved.config, "a simulation")
    refuse_reuse(resolved.config, "a simulation")
    check_space(resolved)
    timing = _timing(mean, sigma, from_run, resolved)
    evaluator = make_workers_evaluator(resolved, timing, from_run)
    found: list[Figures] = []
    with stopping(None) as stop:
        for mode in modes_of(resolved) or ("",):
            variant = with_mode(resolved, mode) if mode else resolved
            figures = simulate(variant, evaluator, model, stop=stop)
            if figures is None:
                print(f"Stopped by {stop()}")
                raise typer.Exit(3)
            found.append(figures)
    console = Console()
    console.print(_table(found, resolved))
    for words in _words(found, model):
        console.print(escape(words), soft_wrap=True, highlight=False)
    if out is not None:
        text = json.dumps([one.to_json() for one in found], indent=1)
        replace_file(out, text.encode() + b"\n")


def _model(
    workers: int,
    failures: float,
    preemptions: float,
    away: float,
    latency: float,
    manager: float | None,
    longest_first: bool,
) -> ClusterModel:
    given = {
        "--failures": failures,
        "--preemptions": preemptions,
        "--away": away,
        "--latency": latency,
        "--manager": manager or 0.0,
    }
    for name, value in given.items():
        if not 0 <= value < float("inf"):
            raise ConfigError(f"{name}: expected a number, 0 or more, got {value:g}")
    return ClusterModel(
        workers,
        failures,
        preemptions,
        away,
        latency,
        None if manager is None else manager / 1000,
        longest_first,
    )


def _timing(
    mean: float | None, sigma: float | None, run: Path | None, resolved: Resolved
) -> Timing | None:
    """The log-normal that the options ask for; None: they leave it open."""
    if run is not None and (mean is not None or sigma is not None):
        raise ConfigError(
            "expected --from-run or --mean and --sigma, got both; the run has times of "
            "its own"
        )
    if mean is None and sigma is None:
        return None
    if mean is not None and not 0 < mean < float("inf"):
        raise ConfigError(f"--mean: expected seconds above 0, got {mean:g}")
    if sigma is not None and not 0 <= sigma <= 5:
        raise ConfigError(f"--sigma: expected 0 to 5, got {sigma:g}")
    return Timing(
        60.0 if mean is None else mean,
        1.0 if sigma is None else sigma,
        resolved.config.seed,
    )


def _table(found: list[Figures], resolved: Resolved) -> Table:
    """A column for each mode."""
    strategy = resolved.config.strategy.name
    table = Table(
        title=f"{strategy} on {found[0].workers} made-up workers",
        title_justify="left",
        box=None,
        show_header=len(found) > 1,
    )
    table.add_column(style="dim")
    for one in found:
        table.add_column(one.mode, justify="right")

    def row(name: str, *values: str) -> None:
        table.add_row(name, *values)

    used = [one.utilisation for one in found]
    row("evaluations", *(f"{one.evaluations:,}" for one in found))
    row("makespan", *(clock(one.makespan) for one in found))
    row("utilisation", *(f"{one.whole:.1%}" for one in used))
    row(
        "without start and drain",
        *("-" if one.steady is None else f"{one.steady:.1%}" for one in used),
    )
    row("start", *(clock(one.start_seconds) for one in used))
    row("drain", *(clock(one.drain_seconds) for one in used))
    row("one evaluation", *(f"{one.mean_seconds:.1f} s" for one in found))
    row(
        "requests that wait",
        *(f"{one.waiting:,.0f} (at most {one.most_waiting:,})" for one in found),
    )
    row(
        "results that wait",
        *(f"{one.results:.1f} (at most {one.most_results:,})" for one in found),
    )
    row("manager, a record", *(f"{one.manager_ms:.2f} ms" for one in found))
    row("strategy asks", *(f"{one.ask_ms:.2f} ms" for one in found))
    row("strategy learns", *(f"{one.tell_ms:.2f} ms" for one in found))
    row("manager busy", *(f"{one.manager_busy:.1%}" for one in found))
    row("lost at work", *(f"{one.lost:,}" for one in found))
    row("dead at the end", *(f"{one.dead:,}" for one in found))
    return table


def _words(found: list[Figures], model: ClusterModel) -> list[str]:
    """What follows from the figures."""
    words = []
    for one in found:
        mode = f"{one.mode}: " if one.mode else ""
        if one.limit_workers is not None:
            text = (
                f"{mode}one manager is enough for about {one.limit_workers:,.0f} "
                f"workers ({one.mean_seconds:.3g} s an evaluation, "
                f"{one.manager_ms:.2g} ms a record); with twice as many each would "
                "wait half of its time"
            )
            if one.manager_busy > BUSY:
                text += f". It was the limit here (busy {one.manager_busy:.0%})"
            words.append(text + ".")
        if one.most_waiting == 0 or one.utilisation.steady is None:
            words.append(
                f"{mode}some worker never had anything to do: expected more "
                "evaluations at once than workers; raise budget.evaluations, or the "
                "size of a generation"
            )
    if len(found) > 1:
        first, second = sorted(found, key=lambda one: one.makespan)[:2]
        factor = second.makespan / first.makespan if first.makespan else 1.0
        words.append(
            f"{first.mode} is through {factor:.2f} times as fast as {second.mode}, "
            "with as many evaluations (what these find is another matter)."
        )
    return words
