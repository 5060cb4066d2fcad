"""Export: a trained network as a folder that needs PyTorch and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from evonas.architecture import Architecture, Shape, draw
from evonas.errors import InputError
from evonas.network.build import build
from evonas.network.info import ExportInfo
from evonas.network.onnx_file import write_onnx
from evonas.network.preprocess import Preprocess
from evonas.network.readme import write_readme
from evonas.network.rescale import Rescale
from evonas.network.source import VOCABULARY_FILE, write_source
from evonas.network.weights import State, put_into, save


def export(
    architecture: Architecture,
    input_shape: Shape,
    state: State,
    directory: str | Path,
    info: ExportInfo,
    onnx: bool = False,
) -> Path:
    """Write a trained network as a folder of its own.

    The folder holds `network.py` (torch and the standard library only; `load()` gives
    the module in eval mode with its weights), `weights.safetensors`,
    `architecture.json`, `drawing.png`, `README.md`, for texts `vocabulary.json`, with
    which `network.py` makes token numbers of sentences, and, if asked for,
    `network.onnx`. It appears only when it is complete and what it computes was
    compared with the network itself.

    Args:
        architecture: of the network.
        input_shape: of one sample, channels first.
        state: its state dict.
        directory: to be made; it may exist if it is empty.
        info: about task and training.
        onnx: write `network.onnx` as well.

    Returns:
        The folder.

    Raises:
        InputError: the folder is not empty or cannot be written, or a layer of the
            user's own cannot stand alone.
        DataError: the weights are not those of this architecture.
    """
    directory = Path(directory)
    try:
        _check_free(directory)
    except OSError as error:
        raise _unwritable(directory, error) from error
    network = build(architecture, input_shape, 0)
    put_into(network, state, "the weights to export")
    whole = nn.Sequential(Preprocess(info.layout, info.mean, info.std), network)
    if info.target_mean:
        whole.append(Rescale(info.target_mean, info.target_std))
    whole.eval()
    text = write_source(architecture, input_shape, info)
    beside = directory.with_name(f".{directory.name}.{os.getpid()}.part")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
        (beside / "network.py").write_text(text, encoding="utf-8")
        save(network, beside / "weights.safetensors", {"task": info.task})
        (beside / "architecture.json").write_text(_json_text(architecture))
        if info.vocabulary is not None:
            words = json.dumps(info.vocabulary, ensure_ascii=False, indent=0)
            (beside / VOCABULARY_FILE).write_text(f"{words}\n", encoding="utf-8")
        draw(architecture, input_shape, beside / "drawing.png")
        readme = write_readme(architecture, input_shape, info, onnx)
        (beside / "README.md").write_text(readme, encoding="utf-8")
        example = info.example(input_shape, 2)
        _check_same(beside, whole, example)
        if onnx:
            write_onnx(whole, example, beside / "network.onnx")
        beside.rename(directory)  # takes the place of an empty folder
    except OSError as error:
        raise _unwritable(directory, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return directory


def _check_free(directory: Path) -> None:
    if directory.is_dir() and not any(directory.iterdir()):
        return
    if directory.exists() or directory.is_symlink():
        raise InputError(
            f"{directory}: expected a folder that does not exist or is empty, got "
            f"{'one with files' if directory.is_dir() else 'something else'}; nothing "
            "was written: choose another --out or remove it"
        )


def _unwritable(directory: Path, error: OSError) -> InputError:
    return InputError(
        f"{directory}: expected to write the export here, got "
        f"{error.strerror or error}; nothing is left of it: choose another --out"
    )


def _json_text(architecture: Architecture) -> str:
    """A line a layer and an edge."""
    data = architecture.to_json()
    parts = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n  ".join(json.dumps(row) for row in value)
            parts.append(f"{json.dumps(key)}: [\n  {rows}\n ]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{" + ",\n ".join(parts) + "}\n"


def _check_same(folder: Path, whole: nn.Module, example: torch.Tensor) -> None:
    """Run the written file and hold its outputs against the network's."""
    path = folder / "network.py"
    module = ModuleType(f"exported_network_{os.getpid()}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # data classes look their module up
    try:
        # Not imported, which would leave compiled files in the folder.
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), module.__dict__)
        with torch.no_grad():
            given, expected = module.load()(example), whole(example)
        same = torch.allclose(given, expected, equal_nan=True)
    except Exception as error:
        raise InputError(
            f"export: the written network.py does not run: {error!r}; a layer of your "
            "own must work from its source, torch and the standard library alone"
        ) from error
    finally:
        del sys.modules[module.__name__]
    if not same:
        raise InputError(
            "export: the written network.py gives other outputs than the network: "
            f"largest difference {(given - expected).abs().max():.3g}; a layer of your "
            "own must depend on its arguments and its state dict alone"
        )
