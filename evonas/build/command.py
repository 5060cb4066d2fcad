"""A command line from its words to its exit code: what each kind of end says.

0 done; 2 the user's input is wrong (a message on stderr, no traceback); 3 stopped early
and resumable; 1 our fault. They are fixed, and every program of this project has them.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from cluster.environment import under_mpi
from evonas.errors import (
    EvonasWarning,
    InputError,
    LostWorkerError,
    SpaceExhaustedError,
)

DONE, OUR_FAULT, WRONG_INPUT, STOPPED = 0, 1, 2, 3
#: what typer makes of Ctrl-C
_INTERRUPTED = 130


def start(
    app: Callable[..., Any],
    name: str,
    arguments: Sequence[str] | None,
    *,
    interrupted: str,
    safe: str,
    lead: Callable[[bytes, Callable[[Sequence[str]], int]], int] | None = None,
) -> int:
    """Run a typer application; as a rank of an MPI job, never come back.

    Args:
        app: of the program.
        name: of the program, which begins each of its messages.
        arguments: the words after the name; None: those of this process.
        interrupted: what is said after Ctrl-C.
        safe: what is not lost by a fault of ours, in words.
        lead: carries out an errand of rank 0 on a rank that manages others, given what
            runs a command line.

    Returns:
        The exit code.
    """
    # Modules of the user's own are found where the command was started.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())

    def run(words: Sequence[str] | None) -> int:
        return _shown(app, name, words, interrupted, safe)

    if under_mpi():
        from cluster.mpi import run_ranks

        run_ranks(lambda: run(arguments), lead and (lambda errand: lead(errand, run)))
    return run(arguments)


def _shown(
    app: Callable[..., Any],
    name: str,
    arguments: Sequence[str] | None,
    interrupted: str,
    safe: str,
) -> int:
    with warnings.catch_warnings():
        warnings.showwarning = warning_shower(name)
        return _called(app, name, arguments, interrupted, safe)


def warning_shower(name: str) -> Callable[..., None]:
    """For `warnings.showwarning`: ours as a line for the user, others as Python does.

    Args:
        name: of the program.
    """

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        text = f"{name}: warning: {message}\n"
        if not issubclass(category, EvonasWarning):
            text = warnings.formatwarning(message, category, filename, lineno, line)
        print(text, end="", file=sys.stderr, flush=True)

    return show


def _called(
    app: Callable[..., Any],
    name: str,
    arguments: Sequence[str] | None,
    interrupted: str,
    safe: str,
) -> int:
    try:
        app(args=arguments, prog_name=name)
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:
            return _say(f"{name}: {interrupted}", STOPPED)
        return leaving.code if isinstance(leaving.code, int) else DONE
    except (InputError, SpaceExhaustedError) as error:
        return _say(f"{name}: error: {error}", WRONG_INPUT)
    except LostWorkerError as error:
        return _say(f"{name}: stopped: {error}", STOPPED)
    except KeyboardInterrupt:
        return _say(f"{name}: {interrupted}", STOPPED)
    except BrokenPipeError:
        # whoever read the output has seen enough (`evonas status | head`)
        _close_output()
        return DONE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            return _fault(name, safe)
        _close_output()
        return _say(
            f"{name}: error: expected room for the output, got {error.strerror}; make "
            "room, and give the command again",
            WRONG_INPUT,
        )
    except Exception:
        return _fault(name, safe)
    return DONE


def _fault(name: str, safe: str) -> int:
    """Say that an exception is ours."""
    traceback.print_exc()
    return _say(
        f"{name}: internal error, please report it with the lines above; {safe}",
        OUR_FAULT,
    )


def _close_output() -> None:
    """Let what is still to be printed vanish, also what Python flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code
