"""The `minibench` command: one file a subcommand.

Exit codes, as `evonas` has them: 0 done; 2 the input is wrong (said on stderr, without
a traceback), also a merge in conflict and a validation that finds errors; 3
interrupted, with nothing half-written; 1 our fault.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from evonas.build.command import start
from minibench.cli import (
    add,
    build,
    characterize,
    classify,
    constraints,
    diff,
    explain,
    export,
    importing,
    init,
    listing,
    merge,
    review,
    show,
    train,
    validate,
    value,
)

app = typer.Typer(
    name="minibench",
    help="The mini-benchmark database: the best networks of earlier searches.",
    epilog="Start with: minibench init, then minibench add runs/first",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init", epilog=init.EXAMPLES)(init.init)
app.command("build", epilog=build.EXAMPLES)(build.build)
app.command("add", epilog=add.EXAMPLES)(add.add)
app.command("import", epilog=importing.EXAMPLES)(importing.import_)
app.command("list", epilog=listing.EXAMPLES)(listing.list_)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("validate", epilog=validate.EXAMPLES)(validate.validate)
app.command("review", epilog=review.EXAMPLES)(review.review)
app.command("diff", epilog=diff.EXAMPLES)(diff.diff)
app.command("merge", epilog=merge.EXAMPLES)(merge.merge)
app.command("characterize", epilog=characterize.EXAMPLES)(characterize.characterize)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("classify", epilog=classify.EXAMPLES)(classify.classify)
app.command("constraints", epilog=constraints.EXAMPLES)(constraints.constraints)
app.command("value", epilog=value.EXAMPLES)(value.value)
app.command("explain", epilog=explain.EXAMPLES)(explain.explain)
app.command("export", epilog=export.EXAMPLES)(export.export)


@app.callback()
def _callback() -> None:
    """The mini-benchmark database: the best networks of earlier searches."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; as a rank of an MPI job, never come back.

    Args:
        arguments: the words after `minibench`; those of this process when absent.

    Returns:
        The exit code.
    """
    return start(
        app,
        "minibench",
        arguments,
        interrupted="interrupted, with nothing half-written",
        safe="the database is as it was",
    )
