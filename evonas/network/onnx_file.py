"""Writing a network as ONNX."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from evonas.errors import InputError


def write_onnx(network: nn.Module, example: torch.Tensor, path: Path) -> None:
    """Write a network that takes batches of any length.

    Args:
        network: in eval mode.
        example: a batch of at least two samples.
        path: of the file.

    Raises:
        InputError: the packages that torch needs for it are not installed.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401 (torch.onnx needs it)
    except ImportError as error:
        raise InputError(
            f"export: ONNX needs the packages onnx and onnxscript, got: {error}; "
            "install them with `pip install evonas[onnx]`"
        ) from error
    with _quiet(), torch.no_grad():
        program = torch.export.export(
            network, (example,), dynamic_shapes=({0: torch.export.Dim("batch")},)
        )
        program = program.run_decompositions(
            {
                torch.ops.aten.adaptive_max_pool1d.default: _adaptive_max_pool,
                torch.ops.aten.adaptive_max_pool2d.default: _adaptive_max_pool,
                torch.ops.aten.adaptive_max_pool3d.default: _adaptive_max_pool,
            }
        )
        converted = torch.onnx.export(
            program,
            (example,),
            dynamo=True,
            input_names=["batch"],
            output_names=["outputs"],
            verbose=False,
        )
        assert converted is not None  # it is None only for the older exporter
    converted.save(path, external_data=False)
    onnx.checker.check_model(str(path), full_check=True)


def _adaptive_max_pool(
    x: torch.Tensor, size: list[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Adaptive max pooling by parts that ONNX knows, since it has none of its own.

    A maximum over a box is one along each side in turn. Window i of m over n elements
    goes from floor(i n / m) to ceil((i + 1) n / m).
    """
    for axis, goal in enumerate(size, start=x.dim() - len(size)):
        side = x.shape[axis]
        windows = [(i * side // goal, -(-(i + 1) * side // goal)) for i in range(goal)]
        maxima = [
            x.narrow(axis, begin, end - begin).amax(axis, keepdim=True)
            for begin, end in windows
        ]
        x = torch.cat(maxima, axis)
    return x, torch.zeros_like(x, dtype=torch.int64)  # nothing reads the places


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the remarks of torch's exporter on itself and on absent packages."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
