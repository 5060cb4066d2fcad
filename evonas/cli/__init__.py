"""The `evonas` command: one file a subcommand.

Exit codes: 0 done; 2 the input is wrong (said on stderr, without a traceback), also
where a search in which nothing could be evaluated shows it; 3 stopped early and
resumable; 1 our fault.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence

import typer

from cluster.environment import under_mpi
from evonas.cli import (
    compare,
    doctor,
    export,
    resume,
    search,
    simulate,
    status,
    submit,
    train,
)
from evonas.cli.island_ranks import carry_out
from evonas.errors import (
    EvonasWarning,
    InputError,
    LostWorkerError,
    SpaceExhaustedError,
)

DONE, OUR_FAULT, WRONG_INPUT, STOPPED = 0, 1, 2, 3

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
    # Modules of the user's own are found where the command was started.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    if under_mpi():
        from cluster.mpi import run_ranks

        run_ranks(lambda: _run(arguments), lambda errand: carry_out(errand, _run))
    return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    with warnings.catch_warnings():
        warnings.showwarning = _show
        return _called(arguments)


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """A warning of ours as a line for the user; others as Python writes them."""
    text = f"evonas: warning: {message}\n"
    if not issubclass(category, EvonasWarning):
        text = warnings.formatwarning(message, category, filename, lineno, line)
    print(text, end="", file=sys.stderr, flush=True)


def _called(arguments: Sequence[str] | None) -> int:
    try:
        app(args=arguments, prog_name="evonas")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE
    except (InputError, SpaceExhaustedError) as error:
        return _say(f"evonas: error: {error}", WRONG_INPUT)
    except LostWorkerError as error:
        return _say(f"evonas: stopped: {error}", STOPPED)
    except KeyboardInterrupt:
        return _say("evonas: interrupted", STOPPED)
    except BrokenPipeError:
        # whoever read the output has seen enough (`evonas status | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:
        traceback.print_exc()
        return _say(
            "evonas: internal error, please report it with the lines above; what the "
            "journal holds is safe and `evonas resume` goes on from there",
            OUR_FAULT,
        )
    return DONE


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code
