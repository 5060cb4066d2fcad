"""What commands say that have taken records in."""

from __future__ import annotations

from typing import Any

import typer

from minibench.cli.options import answer
from minibench.database import Added


def tell(added: Added, json: bool, **more: Any) -> None:
    """Say what became of the records.

    Args:
        added: as the writer tells it.
        json: for programs.
        more: further keys of the JSON form.
    """
    if json:
        counts = {
            "new": added.new,
            "known": added.known,
            "other_reviews": added.other_reviews,
        }
        answer({**counts, **more})
        return
    typer.echo(f"{added.new:,} new records, {added.known:,} were there already")
    if added.other_reviews:
        typer.echo(
            f"{added.other_reviews:,} of those were reviewed otherwise there; "
            "`minibench merge` takes reviews over"
        )
