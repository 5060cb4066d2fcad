"""`evonas export`: a network of a run as a folder of plain PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from evonas.build import choose, read_run, write_export
from evonas.cli.options import Identifier, Run
from evonas.storage import RunDirectory

EXAMPLES = """\
Examples:

evonas export runs/first --out my_network

evonas export runs/first --id 41 --out my_network --onnx
"""


def export(
    run: Run,
    out: Annotated[
        Path, typer.Option(help="Folder to make; it must not hold anything yet.")
    ],
    identifier: Identifier = None,
    onnx: Annotated[
        bool,
        typer.Option(
            "--onnx", help="Write network.onnx too (needs pip install evonas[onnx])."
        ),
    ] = False,
) -> None:
    """Write a network of a run as a folder that needs PyTorch and nothing else.

    It holds network.py, weights.safetensors, architecture.json, a drawing and a README
    that says how to use it. The weights are those of the final training where the
    network had one, else those of the search.
    """
    directory = RunDirectory.open(run)
    state = read_run(directory).state
    (chosen,) = choose(state, directory, identifier)
    write_export(state, directory, chosen, out, onnx)
    Console().print(f"Exported to [bold]{escape(str(out))}[/bold]", soft_wrap=True)
