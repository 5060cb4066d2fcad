"""MNIST (LeCun, Cortes and Burges 1998) from the official IDX files."""

from __future__ import annotations

from evonas.tasks.idx_set import IdxSet
from evonas.tasks.published import Published
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Task

_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_SET = IdxSet(
    Published(
        name="mnist",
        files=(
            "the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
            "t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz, or the same "
            "unpacked,"
        ),
        get=(
            f"Download them from {_MIRROR}<file> (MD5 "
            "f68b3c2dcbeaaa9fbdd348bbdeb94873, d53e105ee54ea40749a09fcbcd1e9432, "
            "9fb629c4189551a2d022fa330f9573f3, ec29112dd5afa0611ce80d1b7f02629c; 12 MB "
            "together)"
        ),
        licence="CC BY-SA 3.0",
        source="http://yann.lecun.com/exdb/mnist/",
    ),
    classes=tuple("0123456789"),
    mini_seed=19_981_101,
)


def mnist(settings: TaskSettings) -> Task:
    """Grey images of handwritten digits; see `IdxSet`.

    Raises:
        DataError: the files are nowhere, or corrupt.
    """
    return _SET.open(settings)
