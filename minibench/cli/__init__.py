"""The `minibench` command: one file a subcommand.

Exit codes, as `evonas` has them: 0 done; 2 the input is wrong (said on stderr, without
a traceback), also a merge in conflict and a validation that finds errors; 3
interrupted, with nothing half-written; 1 our fault.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence

import typer

from evonas.errors import EvonasWarning, InputError
from minibench.cli import (
    add,
    characterize,
    diff,
    export,
    importing,
    init,
    listing,
    merge,
    review,
    show,
    validate,
)

DONE, OUR_FAULT, WRONG_INPUT, STOPPED = 0, 1, 2, 3
#: what typer makes of Ctrl-C
_INTERRUPTED = 130

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
app.command("add", epilog=add.EXAMPLES)(add.add)
app.command("import", epilog=importing.EXAMPLES)(importing.import_)
app.command("list", epilog=listing.EXAMPLES)(listing.list_)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("validate", epilog=validate.EXAMPLES)(validate.validate)
app.command("review", epilog=review.EXAMPLES)(review.review)
app.command("diff", epilog=diff.EXAMPLES)(diff.diff)
app.command("merge", epilog=merge.EXAMPLES)(merge.merge)
app.command("characterize", epilog=characterize.EXAMPLES)(characterize.characterize)
app.command("export", epilog=export.EXAMPLES)(export.export)


@app.callback()
def _callback() -> None:
    """The mini-benchmark database: the best networks of earlier searches."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after `minibench`; those of this process when absent.

    Returns:
        The exit code.
    """
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
    text = f"minibench: warning: {message}\n"
    if not issubclass(category, EvonasWarning):
        text = warnings.formatwarning(message, category, filename, lineno, line)
    print(text, end="", file=sys.stderr, flush=True)


def _called(arguments: Sequence[str] | None) -> int:
    try:
        app(args=arguments, prog_name="minibench")
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:
            return _say("minibench: interrupted, nothing was changed", STOPPED)
        return leaving.code if isinstance(leaving.code, int) else DONE
    except InputError as error:
        return _say(f"minibench: error: {error}", WRONG_INPUT)
    except BrokenPipeError:
        # whoever read the output has seen enough (`minibench list | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:
        traceback.print_exc()
        return _say(
            "minibench: internal error, please report it with the lines above; the "
            "database is as it was",
            OUR_FAULT,
        )
    return DONE


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code
