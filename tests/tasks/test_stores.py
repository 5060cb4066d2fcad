"""Tests of folders and archives that are read alike."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from official_files import write_files, write_tar, write_zip

import evonas.tasks.stores as stores
from evonas.errors import DataError
from evonas.tasks.stores import Folder, Store, TarArchive, ZipArchive

#: the second does not get smaller in an archive
FILES = {
    "a": b"first",
    "deep/b": np.random.default_rng(0).bytes(6000),
    "c": b"",
}
NAMES = list(FILES)


def _folder(path: Path) -> Store:
    return Folder(write_files(path / "inner", FILES))


def _tar(path: Path) -> Store:
    return TarArchive(write_tar(path / "data.tar", "inner", FILES), "inner")


def _tar_gz(path: Path) -> Store:
    return TarArchive(write_tar(path / "data.tar.gz", "inner", FILES), "inner")


def _zip(path: Path) -> Store:
    return ZipArchive(write_zip(path / "data.zip", "inner", FILES), "inner")


KINDS = (_folder, _tar, _tar_gz, _zip)
each_kind = pytest.mark.parametrize("make", KINDS)


@each_kind
def test_every_kind_gives_the_same_files(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    """Those that are asked for, each once."""
    store = make(tmp_path)
    assert dict(store.read(NAMES)) == FILES
    assert list(store.read(["deep/b"])) == [("deep/b", FILES["deep/b"])]


@each_kind
def test_a_missing_file_is_named(tmp_path: Path, make: Callable[[Path], Store]) -> None:
    """With what was to hold it."""
    store = make(tmp_path)
    with pytest.raises(DataError, match=r"(inner|data\.\S*): expected .*other"):
        list(store.read(["a", "other"]))


@each_kind
def test_a_file_of_a_size_that_no_official_one_has_is_refused(
    tmp_path: Path,
    make: Callable[[Path], Store],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before it fills the memory."""
    store = make(tmp_path)
    monkeypatch.setattr(stores, "_LARGEST_BYTES", 100)
    with pytest.raises(DataError, match="b: expected at most 100 bytes, got 6000"):
        list(store.read(NAMES))


@pytest.mark.parametrize("make", KINDS[1:])
@pytest.mark.parametrize("keep", [0, 10, 300, 4000])
def test_a_cut_archive_is_refused(
    tmp_path: Path, make: Callable[[Path], Store], keep: int
) -> None:
    """Half a download, of any length."""
    store = make(tmp_path)
    store.path.write_bytes(store.path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"data\.\S*: (corrupt or cut short|expected)"):
        list(store.read(NAMES))


@pytest.mark.parametrize("make", KINDS[2:])
def test_a_damaged_archive_is_refused(
    tmp_path: Path, make: Callable[[Path], Store]
) -> None:
    """Its own checksum tells."""
    store = make(tmp_path)
    content = bytearray(store.path.read_bytes())
    content[3000] ^= 0x55
    store.path.write_bytes(content)
    with pytest.raises(DataError, match=r"fetch it again"):
        list(store.read(NAMES))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_a_link_under_the_name_of_a_file_is_refused(
    tmp_path: Path, kind: bytes
) -> None:
    """It could lead out of the archive."""
    path = tmp_path / "data.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("inner/a")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(DataError, match="inner/a: expected a file, got another kind"):
        list(TarArchive(path, "inner").read(["a"]))


def test_paths_that_lead_out_are_other_names(tmp_path: Path) -> None:
    """Nothing is unpacked, so there is nowhere to lead to."""
    path = tmp_path / "data.tar"
    with tarfile.open(path, "w") as tar:
        for name in ("../a", "/a", "inner/../a", "./inner/a"):
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, io.BytesIO(b"evil" if name[1] != "/" else b"good"))
    content = dict(TarArchive(path, "inner").read(["a"]))
    assert content == {"a": b"good"}
    assert [found.name for found in tmp_path.iterdir()] == ["data.tar"]


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    """There is no password to ask for."""
    path = write_zip(tmp_path / "data.zip", "inner", FILES)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        list(ZipArchive(path, "inner").read(["a"]))


def test_a_zip_lists_the_files_of_its_inner_folder(tmp_path: Path) -> None:
    """Without the folder's name, and no others."""
    path = write_zip(tmp_path / "data.zip", "inner", FILES)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("outside", b"")
    assert ZipArchive(path, "inner").names() == NAMES


def test_the_files_on_the_disk_are_known(tmp_path: Path) -> None:
    """A change of any of them is a change of the data."""
    assert _folder(tmp_path).origins(["a", "c"]) == [
        tmp_path / "inner" / "a",
        tmp_path / "inner" / "c",
    ]
    assert _tar(tmp_path).origins(["a", "c"]) == [tmp_path / "data.tar"]
