"""A person's edit of the constraint set of a search, for `constraints --edit`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from evonas.build.advice import EDITED
from evonas.errors import ConfigError, InputError
from evonas.space import ConstraintSet
from minibench.advice import read_edit, write_edit
from minibench.cli.advised_run import AdvisedRun, Present
from minibench.cli.options import answer
from minibench.constraint_changes import Change, changes, reweighted
from minibench.constraint_text import constraints_text, read_constraints
from minibench.files import write_file

#: the text that is being edited; stays where something in it is wrong
DRAFT = "constraints-draft.yaml"
#: in the provenance: whether the set stays as it is
HOLD = "hold"
#: where nobody says which
EDITOR = "vi"

_HEADER = """\
# The constraint set of {run}. Save it and leave the editor, and the search draws from
# it; leave it as it is, and nothing happens.
# `hold: true` under provenance: it stays as you leave it; `hold: false`: the advisor
# goes on from it.
"""


@dataclass(frozen=True)
class Wanted:
    """What a person wants.

    Attributes:
        source: file of the set; None: the present one, or an editor's.
        hold: whether it is to stay as it is; None: as the text says.
    """

    source: Path | None
    hold: bool | None


@dataclass(frozen=True)
class Edit:
    """A set to be written, and what it changes.

    Attributes:
        constraints: the set.
        hold: whether it stays as it is.
        changes: against the present one.
        reweighted: places whose values are drawn with other weights.
        nothing: whether all is as it was.
    """

    constraints: ConstraintSet
    hold: bool
    changes: tuple[Change, ...]
    reweighted: tuple[str, ...]
    nothing: bool

    @classmethod
    def of(cls, before: Present, constraints: ConstraintSet, hold: bool) -> Edit:
        """What there is to do."""
        old = before.constraints
        same = old.content_hash() == constraints.content_hash()
        return cls(
            constraints,
            hold,
            tuple(changes(old, constraints)),
            tuple(reweighted(old, constraints)),
            same and hold == before.held,
        )


def edit_run(path: Path, wanted: Wanted, json: bool) -> None:
    """Change the constraint set of a search, or who has the last word on it.

    Args:
        path: of the run directory.
        wanted: by the person.
        json: answer in JSON.

    Raises:
        InputError: nothing can be edited there, or something in the text is wrong.
    """
    run = AdvisedRun.open(path)
    if run.finished:
        raise ConfigError(
            f"{path}: expected a search that goes on, got a finished one, which draws "
            "nothing any more"
        )
    before = _before(run)
    if wanted.source is not None:
        found = read_constraints(wanted.source)
        edit = Edit.of(before, *_checked(run, found, wanted.hold))
    elif wanted.hold is not None:
        edit = Edit.of(before, before.constraints, wanted.hold)
    else:
        edit = _edited(run, before)
    if not edit.nothing:
        write_edit(path / EDITED, edit.constraints, hold=edit.hold)
    with suppress(FileNotFoundError):
        (path / DRAFT).unlink()
    _tell(run, edit, json)


def _before(run: AdvisedRun) -> Present:
    """The set of now; where an edit waits already, that one."""
    waiting = run.directory.root / EDITED
    with suppress(InputError):
        revision = read_edit(waiting)
        if revision.constraints is not None:
            return Present(revision.constraints, bool(revision.note[HOLD]))
    found = run.present()
    if found is None:
        raise ConfigError(
            f"{run.directory.root}: expected a search that draws from a constraint "
            "set, got one that has none yet, or with `mode: off`; wait for its first "
            "generation, or give it one of your own: `constraints.set`"
        )
    return found


def _edited(run: AdvisedRun, before: Present) -> Edit:
    """What an editor makes of the set.

    Raises:
        ConfigError: it could not be run, or something in the text is wrong; the text
            stays where it is edited again.
    """
    root = run.directory.root
    draft = root / DRAFT
    # An edit holds the set unless it says otherwise.
    start = Present(before.constraints, True)
    if not draft.exists():
        noted = {HOLD: True, **_plain(before.constraints)}
        text = constraints_text(replace(before.constraints, provenance=noted))
        written = _HEADER.format(run=root) + text
        write_file(draft, written.encode(), "constraint set")
    original = draft.read_bytes()
    try:
        _run_editor(draft)
    except ConfigError:
        if draft.read_bytes() == original:
            draft.unlink()
        raise
    try:
        constraints, hold = _checked(run, read_constraints(draft), None)
    except InputError as error:
        raise ConfigError(
            f"{error}. Nothing was changed; `minibench constraints --edit "
            f"{shlex.quote(str(root))}` opens the text again, and removing "
            f"{shlex.quote(str(draft))} drops it"
        ) from error
    return Edit.of(start, constraints, hold)


def _plain(constraints: ConstraintSet) -> Mapping[str, Any]:
    return {k: v for k, v in constraints.provenance.items() if k != HOLD}


def _run_editor(draft: Path) -> None:
    """Have the user edit a file, as git does: a command of the shell.

    Raises:
        ConfigError: there is nobody to edit, or the editor failed.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "--edit: expected an editor in $VISUAL or $EDITOR, or --from FILE, since "
            "this is no terminal, got neither"
        )
    command = ["sh", "-c", f'{editor or EDITOR} "$@"', "editor", str(draft)]
    code = subprocess.run(command, check=False).returncode
    if code:
        raise ConfigError(
            f"--edit: expected the editor `{editor or EDITOR}` to end well, got exit "
            f"code {code}; nothing was changed"
        )


def _checked(
    run: AdvisedRun, found: ConstraintSet, hold: bool | None
) -> tuple[ConstraintSet, bool]:
    """A set without the word about itself, and that word.

    Raises:
        InputError: nothing could be drawn from it.
    """
    provenance = dict(found.provenance)
    said = provenance.pop(HOLD, True)
    if not isinstance(said, bool):
        raise ConfigError(f"provenance.hold: expected true or false, got {said!r}")
    run.check(found)
    return replace(found, provenance=provenance), said if hold is None else hold


def _tell(run: AdvisedRun, edit: Edit, json: bool) -> None:
    root, holder = run.directory.root, run.reading.holder
    if json:
        answer(
            {
                "run": str(root),
                "written": None if edit.nothing else str(root / EDITED),
                "hash": edit.constraints.content_hash(),
                "hold": edit.hold,
                "running": holder is not None,
                "changes": [one.to_json() for one in edit.changes],
                "reweighted": list(edit.reweighted),
            }
        )
        return
    if edit.nothing:
        typer.echo("Nothing differs, so nothing was written.")
        return
    for change in edit.changes:
        typer.echo(f"~ {change}")
    if edit.reweighted:
        typer.echo(f"~ other weights: {', '.join(edit.reweighted)}")
    then = (
        "the set stays as it is" if edit.hold else "the advisor goes on from this set"
    )
    when = (
        f"The search ({holder}) takes it up before its next generation"
        if holder is not None
        else f"It is taken up by `evonas resume {shlex.quote(str(root))}`"
    )
    typer.echo(f"Written into {root / EDITED}. {when}; from then on {then}.")
