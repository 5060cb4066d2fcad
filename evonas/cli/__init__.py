"""The `evonas` command: one file a subcommand.

Exit codes: 0 done; 2 the input is wrong (said on stderr, without a traceback), also
where a search in which nothing could be evaluated shows it; 3 stopped early and
resumable; 1 our fault.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from evonas.build.command import start
from evonas.cli import (
    compare,
    doctor,
    export,
    recommend,
    resume,
    search,
    simulate,
    status,
    submit,
    train,
)
from evonas.cli.island_ranks import carry_out

app = typer.Typer(
    name="evonas",
    help="Evolutionary neural architecture search, from one process to a cluster.",
    epilog="Start with: evonas search configs/quickstart.yaml --workers 2",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=search.EXAMPLES)(search.search)
app.command(epilog=resume.EXAMPLES)(resume.resume)
app.command(epilog=status.EXAMPLES)(status.status)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=train.EXAMPLES)(train.train)
app.command(epilog=compare.EXAMPLES)(compare.compare)
app.command("simulate", epilog=simulate.EXAMPLES)(simulate.simulate_command)
app.command(epilog=submit.EXAMPLES)(submit.submit)
app.command(epilog=recommend.EXAMPLES)(recommend.recommend)
app.command(epilog=doctor.EXAMPLES)(doctor.doctor)


@app.callback()
def _callback() -> None:
    """Evolutionary neural architecture search, from one process to a cluster."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; as a rank of an MPI job, never come back.

    Args:
        arguments: the words after `evonas`; those of this process when absent.

    Returns:
        The exit code.
    """
    return start(
        app,
        "evonas",
        arguments,
        interrupted="interrupted",
        safe="what the journal holds is safe and `evonas resume` goes on from there",
        lead=carry_out,
    )
