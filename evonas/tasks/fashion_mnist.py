"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) from the official IDX files."""

from __future__ import annotations

from pathlib import Path

from evonas.tasks.idx_set import IdxSet
from evonas.tasks.published import Published
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task

#: where Debian's package dataset-fashion-mnist puts the files
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
_SET = IdxSet(
    Published(
        name="fashion-mnist",
        files=(
            "the four files train-images-idx3-ubyte.gz (26 MB), "
            "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz (4 MB), "
            "t10k-labels-idx1-ubyte.gz, or the same unpacked,"
        ),
        get=(
            "Get them with `apt-get install dataset-fashion-mnist`, or download them "
            "from https://github.com/zalandoresearch/fashion-mnist#get-the-data, where "
            "their MD5 sums stand"
        ),
        licence="MIT",
        source="https://github.com/zalandoresearch/fashion-mnist",
        usual=(DEBIAN_FOLDER,),
    ),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    mini_seed=20_170_825,
)


def fashion_mnist(settings: TaskSettings) -> Task:
    """Grey images of clothes; see `IdxSet`.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    return _SET.open(settings)
