"""Cells read back out of the networks that they unroll to, without their markings.

What is found is unrolled again and compared: a network that only looks like one of a
table is none of its cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import product

from evonas.architecture import Architecture, Layer, Value
from evonas.candidate import Candidate, Recipe
from evonas.cells import (
    Cell,
    FcnetCell,
    NasBench101Cell,
    NasBench201Cell,
    NasBenchGraphCell,
    fcnet,
    nasbench201,
    nasbench_graph,
)
from evonas.errors import ArchitectureError
from evonas.genome.fitting import nearest
from evonas.genome.stack_reading import first_cell
from evonas.space.text_form import from_values


def read_cell(candidate: Candidate, kind: str) -> Cell | None:
    """The cell of a kind whose network a candidate is; None: it is none of them.

    Args:
        candidate: with a cell or an architecture.
        kind: of the cell.
    """
    if candidate.cell is not None and candidate.cell.kind == kind:
        return candidate.cell
    return _read(candidate.architecture, candidate.recipe, kind)


# the best networks of a table are translated for one search after the other
@lru_cache(maxsize=4_096)
def _read(architecture: Architecture, recipe: Recipe, kind: str) -> Cell | None:
    wanted = architecture.fingerprint()
    size = len(architecture.layers), len(architecture.edges)
    for cell in _READERS[kind](architecture, recipe):
        found = cell.architecture()
        # sizes are compared first, since fingerprints of hundreds of layers take long
        alike = (len(found.layers), len(found.edges)) == size
        if alike and found.fingerprint() == wanted:
            return cell
    return None


def _last_units(architecture: Architecture) -> int | None:
    """Units of the dense layer that gives the result."""
    layers = architecture.layers
    output = next(at for at in architecture.order() if layers[at].op == "output")
    (last,) = architecture.inputs_of(output)
    return int(layers[last].params["units"]) if layers[last].op == "dense" else None


def _nasbench201(
    architecture: Architecture, recipe: Recipe
) -> Iterator[NasBench201Cell]:
    """All cells that have as many of each operation as the network."""
    counts: Counter[str] = Counter()
    for layer in architecture.layers:
        counts[_operation_201(layer)] += 1
    first = nasbench201.CHANNELS[0]
    stages = len(nasbench201.CHANNELS)
    found = {
        "nor_conv_3x3": (counts[f"conv 3 {first}"] - 1, nasbench201.CELLS),
        "nor_conv_1x1": (counts[f"conv 1 {first}"], nasbench201.CELLS),
        "skip_connect": (counts["skip"], nasbench201.CELLS * stages),
        "avg_pool_3x3": (counts["pool"], nasbench201.CELLS * stages),
    }
    classes = _last_units(architecture)
    if classes is None or classes < 2:
        return
    if any(number < 0 or number % cells for number, cells in found.values()):
        return
    each = {name: number // cells for name, (number, cells) in found.items()}
    each["none"] = len(nasbench201.EDGES) - sum(each.values())
    if each["none"] < 0:
        return
    left = [each[name] for name in nasbench201.OPERATIONS]
    for digits in _arrangements(left, len(nasbench201.EDGES)):
        yield NasBench201Cell(digits, classes)


def _operation_201(layer: Layer) -> str:
    params = layer.params
    if layer.op == "conv":
        return f"conv {params['kernel']} {params['filters']}"
    if layer.op == "average_pool" and params["padding"] == "same":
        return "pool"
    return "skip" if layer.op == "identity" else layer.op


def _arrangements(left: list[int], length: int) -> Iterator[str]:
    """Every text of so many of each digit, in order."""
    if not length:
        yield ""
        return
    for digit, number in enumerate(left):
        if number:
            rest = [*left[:digit], number - 1, *left[digit + 1 :]]
            for text in _arrangements(rest, length - 1):
                yield f"{digit}{text}"


def _nasbench101(
    architecture: Architecture, recipe: Recipe
) -> Iterator[NasBench101Cell]:
    """The cell that the first copy in the network is."""
    found = first_cell(architecture)
    if found is None:
        return
    edges, ops = found
    last = len(ops) + 1
    adjacency = "".join(
        str(int((source, target) in edges))
        for source in range(last + 1)
        for target in range(source + 1, last + 1)
    )
    try:
        yield NasBench101Cell(adjacency, "".join(map(str, ops)))
    except ArchitectureError:
        return


def _fcnet(architecture: Architecture, recipe: Recipe) -> Iterator[FcnetCell]:
    """The network's two layers with the choices of the training nearest its recipe."""
    layers = [architecture.layers[at] for at in architecture.order()]
    ops = ["input", *["dense", "activation", "dropout"] * 2, "dense", "output"]
    if [layer.op for layer in layers] != ops:
        return
    values: dict[str, Value] = {
        "batch_size": recipe.batch_size,
        "init_lr": recipe.learning_rate,
        "lr_schedule": "const" if recipe.schedule == "constant" else "cosine",
    }
    for place in (1, 2):
        dense, active, dropped = layers[3 * place - 2 : 3 * place + 1]
        values[f"n_units_{place}"] = dense.params["units"]
        values[f"activation_fn_{place}"] = active.params["function"]
        values[f"dropout_{place}"] = dropped.params["rate"]
    fitted = {
        name: nearest(from_values(options), values[name])
        for name, options in fcnet.CHOICES.items()
    }
    yield FcnetCell.of_values(fitted, features=1)


def _nasbench_graph(
    architecture: Architecture, recipe: Recipe
) -> Iterator[NasBenchGraphCell]:
    """All cells that have as many of each operation as the network."""
    left = [0] * len(nasbench_graph.OPERATIONS)
    for layer in architecture.layers:
        name = "skip" if layer.op == "identity" else layer.op.rpartition(":")[2].lower()
        if name in nasbench_graph.OPERATIONS:
            left[nasbench_graph.OPERATIONS.index(name)] += 1
    if sum(left) != 4 or left[nasbench_graph.OPERATIONS.index("skip")] == 4:
        return
    for link, ops in product(nasbench_graph.LINKS, _arrangements(left, 4)):
        yield NasBenchGraphCell(link, ops)


_READERS: Mapping[str, Callable[[Architecture, Recipe], Iterator[Cell]]] = {
    NasBench101Cell.kind: _nasbench101,
    NasBench201Cell.kind: _nasbench201,
    FcnetCell.kind: _fcnet,
    NasBenchGraphCell.kind: _nasbench_graph,
}
