"""Tiny data sets in the forms in which the real ones are published."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_idx(folder: Path, name: str, array: np.ndarray, packed: bool = True) -> Path:
    """An array as an IDX file; the path of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (f"{name}.gz" if packed else name)
    data = idx_bytes(array)
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


def write_idx_set(folder: Path, packed: bool = True) -> None:
    """The four files of MNIST and its relatives, with 40 and 20 images."""
    rng = np.random.default_rng(0)
    for stem, count in (("train", 40), ("t10k", 20)):
        images = rng.integers(0, 256, (count, 28, 28))
        write_idx(folder, f"{stem}-images-idx3-ubyte", images, packed)
        write_idx(folder, f"{stem}-labels-idx1-ubyte", np.arange(count) % 10, packed)


class _Python2Pickler:
    """Writes what Python 2's cPickle writes with protocol 2, numpy arrays as well."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()
        self.count = 0

    def put(self, data: bytes, remember: bool = True) -> None:
        """Some operations, then an entry of the memory for what they made."""
        self.stream.write(data)
        if remember:
            self.count += 1
            self.stream.write(b"r" + struct.pack("<I", self.count))

    def write(self, value: Any) -> None:
        """One value."""
        if isinstance(value, bytes):
            short = len(value) < 256
            size = bytes([len(value)]) if short else struct.pack("<I", len(value))
            self.put((b"U" if short else b"T") + size + value)
        elif isinstance(value, bool) or value is None:
            self.put({None: b"N", True: b"\x88", False: b"\x89"}[value], False)
        elif isinstance(value, int):
            self.put(b"J" + struct.pack("<i", value), False)
        elif isinstance(value, list):
            self.put(b"]")
            self.stream.write(b"(")
            for item in value:
                self.write(item)
            self.stream.write(b"e")
        elif isinstance(value, dict):
            self.put(b"}")
            self.stream.write(b"(")
            for key, item in value.items():
                self.write(key)
                self.write(item)
            self.stream.write(b"u")
        elif isinstance(value, tuple):
            self.stream.write(b"(")
            for item in value:
                self.write(item)
            self.put(b"t")
        else:
            self.write_array(value)

    def write_array(self, array: np.ndarray) -> None:
        """As `ndarray.__reduce__` of Python 2 has it."""
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        self.put(b"cnumpy.core.multiarray\n_reconstruct\n")
        self.stream.write(b"cnumpy\nndarray\n")
        self.write((0,))
        self.write(b"b")
        self.put(b"\x87R", False)
        self.stream.write(b"(")
        self.write(1)
        self.write(array.shape)
        self.stream.write(b"cnumpy\ndtype\n")
        self.write((array.dtype.str[1:].encode(), 0, 1))
        self.put(b"R")
        order = array.dtype.str[:1].encode()
        self.write((3, order, None, None, None, -1, -1, 0))
        self.stream.write(b"b")
        self.write(fortran)
        self.write(array.tobytes("F" if fortran else "C"))
        self.stream.write(b"tb")


def python2_pickle(value: Any) -> bytes:
    """A value of bytes, numbers, lists, dicts and arrays, as Python 2 pickled it."""
    pickler = _Python2Pickler()
    pickler.write(value)
    return b"\x80\x02" + pickler.stream.getvalue() + b"."


def rows(count: int, side: int, seed: int = 0) -> np.ndarray:
    """Random images as the batches hold them: all red, all green, all blue pixels."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 3 * side * side), dtype=np.uint8)


#: of CIFAR-10, in the order of their numbers
CIFAR10_NAMES = [
    *(b"airplane", b"automobile", b"bird", b"cat", b"deer"),
    *(b"dog", b"frog", b"horse", b"ship", b"truck"),
]


def cifar10_files(binary: bool) -> dict[str, bytes]:
    """Five batches of 10 and a test batch of 20, as pickles or binary."""
    files: dict[str, bytes] = {}
    parts = [(f"data_batch_{n}", 10, n) for n in range(1, 6)] + [("test_batch", 20, 6)]
    for name, count, seed in parts:
        data, labels = rows(count, 32, seed), (np.arange(count) + seed) % 10
        if binary:
            joined = np.concatenate([labels[:, None].astype(np.uint8), data], 1)
            files[f"{name}.bin"] = joined.tobytes()
        else:
            entries = {
                b"batch_label": f"batch {seed}".encode(),
                b"labels": labels.tolist(),
                b"data": data,
                b"filenames": [b"a_%d.png" % n for n in range(count)],
            }
            files[name] = python2_pickle(entries)
    if binary:
        files["batches.meta.txt"] = b"\n".join(CIFAR10_NAMES) + b"\n\n"
    else:
        meta = {b"num_cases_per_batch": 10, b"label_names": CIFAR10_NAMES}
        files["batches.meta"] = python2_pickle(meta)
    return files


def cifar100_files(binary: bool) -> dict[str, bytes]:
    """A training file of 200 and a test file of 100, as pickles or binary."""
    names = [b"fine_%d" % number for number in range(100)]
    files: dict[str, bytes] = {}
    for name, count, seed in (("train", 200, 1), ("test", 100, 2)):
        data, fine = rows(count, 32, seed), np.arange(count) % 100
        if binary:
            both = np.stack([fine // 5, fine], 1).astype(np.uint8)
            files[f"{name}.bin"] = np.concatenate([both, data], 1).tobytes()
        else:
            entries = {
                b"data": data,
                b"fine_labels": fine.tolist(),
                b"coarse_labels": (fine // 5).tolist(),
            }
            files[name] = python2_pickle(entries)
    if binary:
        files["fine_label_names.txt"] = b"\n".join(names) + b"\n"
        files["coarse_label_names.txt"] = b"\n".join(names[:20]) + b"\n"
    else:
        files["meta"] = python2_pickle({b"fine_label_names": names})
    return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Files by their names in a folder, which is given back."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_tar(path: Path, inner: str, files: Mapping[str, bytes]) -> Path:
    """Files in a folder of an archive, compressed by its ending."""
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{inner}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def write_zip(path: Path, inner: str, files: Mapping[str, bytes]) -> Path:
    """Files in a folder of a zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{inner}/{name}", content)
    return path


def picture(
    pixels: np.ndarray | None = None,
    form: str = "PNG",
    size: tuple[int, int] = (8, 8),
    mode: str = "RGB",
) -> bytes:
    """A picture file: of these pixels, or of one colour, (height, width)."""
    if pixels is not None:
        image = Image.fromarray(pixels)
    else:
        image = Image.new(mode, (size[1], size[0]))
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def tiny_imagenet_files(classes: int = 4) -> dict[str, bytes]:
    """Three training and one validation picture a class; one of them is grey."""
    ids = [f"n{number:08}" for number in range(classes)][::-1]
    words = [f"{wnid}\tthing {wnid[-1]}, other name" for wnid in ids]
    files = {
        "wnids.txt": "\n".join(ids).encode(),
        "words.txt": "\n".join([*words, "n99999999\tunused"]).encode(),
        "test/images/test_0.JPEG": picture(form="JPEG", size=(64, 64)),
    }
    lines = []
    for number, wnid in enumerate(ids):
        shade = np.full((64, 64, 3), 20 * number, np.uint8)
        for index in range(3):
            grey = number == 1 and index == 0
            content = picture(shade[..., 0] if grey else shade, "JPEG")
            files[f"train/{wnid}/images/{wnid}_{index}.JPEG"] = content
        files[f"train/{wnid}/{wnid}_boxes.txt"] = b"boxes\n"
        files[f"val/images/val_{number}.JPEG"] = picture(shade, "JPEG")
        lines.append(f"val_{number}.JPEG\t{wnid}\t0\t0\t10\t10")
    files["val/val_annotations.txt"] = ("\n".join(lines) + "\n").encode()
    return files
