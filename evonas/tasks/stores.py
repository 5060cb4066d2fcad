"""Folders and archives, read alike: named files, one after the other.

Nothing is ever unpacked to the disk, so a hostile archive has no path to write to.
"""

from __future__ import annotations

import gzip
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from evonas.errors import DataError

#: no file of a supported data set is larger; more would only fill the memory
_LARGEST_BYTES = 1 << 30
_AGAIN = "fetch it again"


class Store(ABC):
    """Where the files of a data set lie.

    Args:
        path: of the folder or the archive.
        inner: folder in an archive that holds the files.
    """

    def __init__(self, path: Path, inner: str = "") -> None:
        self.path = path
        self.inner = inner

    @abstractmethod
    def read(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each of the files once, with its content, in any order.

        Raises:
            DataError: one is missing, damaged or too large.
        """

    def origins(self, names: Sequence[str]) -> list[Path]:
        """The files on the disk that hold these."""
        return [self.path]

    def where(self, name: str) -> str:
        """One of the files, for messages."""
        return f"{self.path}: {self._full(name)}"

    def _full(self, name: str) -> str:
        return f"{self.inner}/{name}" if self.inner else name

    def _missing(self, names: Sequence[str]) -> DataError:
        listed = ", ".join(self._full(name) for name in sorted(names)[:5])
        return DataError(f"{self.path}: expected {listed}, which it has not; {_AGAIN}")

    def _damaged(self, error: object) -> DataError:
        return DataError(f"{self.path}: corrupt or cut short: {error}; {_AGAIN}")

    def _too_large(self, name: str, size: int) -> DataError:
        return DataError(
            f"{self.where(name)}: expected at most {_LARGEST_BYTES} bytes, got {size}; "
            f"this is not the official file, {_AGAIN}"
        )


class Folder(Store):
    """Plain files in a folder."""

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each of the files once, in the order of the names."""
        for name in names:
            path = self.path / name
            try:
                if path.stat().st_size > _LARGEST_BYTES:
                    raise self._too_large(name, path.stat().st_size)
                content = path.read_bytes()
            except FileNotFoundError:
                raise self._missing([name]) from None
            except OSError as error:
                raise DataError(f"{path}: cannot be read: {error}") from error
            yield name, content

    def origins(self, names: Sequence[str]) -> list[Path]:
        """The files themselves."""
        return [self.path / name for name in names]

    def where(self, name: str) -> str:
        """The path of the file."""
        return str(self.path / name)


class TarArchive(Store):
    """A `.tar`, `.tar.gz` or `.tgz`, read once from its start to its end."""

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each of the files once, in the order of the archive."""
        wanted = {self._full(name): name for name in names}
        try:
            with (
                self._unpacked() as stream,
                tarfile.open(fileobj=stream, mode="r:") as archive,
            ):
                for member in archive:
                    name = wanted.get(member.name.removeprefix("./"))
                    if name is None:
                        continue
                    # A link would lead to another member, or out of the archive.
                    file = archive.extractfile(member) if member.isreg() else None
                    if file is None:
                        raise DataError(
                            f"{self.where(name)}: expected a file, got another kind of "
                            f"entry; {_AGAIN}"
                        )
                    if member.size > _LARGEST_BYTES:
                        raise self._too_large(name, member.size)
                    content = file.read()
                    if len(content) != member.size:
                        raise self._damaged(f"{member.name} ends early")
                    del wanted[member.name.removeprefix("./")]
                    yield name, content
                # The checksum of everything stands at the end.
                while stream.read(1 << 20):
                    pass
        except FileNotFoundError:
            raise DataError(f"{self.path}: there is no such file") from None
        except DataError:
            raise
        except (OSError, EOFError, ValueError, tarfile.TarError, zlib.error) as error:
            raise self._damaged(error) from error
        if wanted:
            raise self._missing(list(wanted.values()))

    def _unpacked(self) -> IO[bytes]:
        if self.path.suffix in (".gz", ".tgz"):
            return cast(IO[bytes], gzip.open(self.path))
        return self.path.open("rb")


class ZipArchive(Store):
    """A `.zip`."""

    def names(self) -> list[str]:
        """Every file in the inner folder, without that folder's name.

        Raises:
            DataError: it is no archive.
        """
        start = f"{self.inner}/" if self.inner else ""
        with self._opened() as archive:
            names = archive.namelist()
        return [name[len(start) :] for name in names if name.startswith(start)]

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Each of the files once, in the order of the names."""
        with self._opened() as archive:
            for name in names:
                try:
                    info = archive.getinfo(self._full(name))
                    if info.file_size > _LARGEST_BYTES:
                        raise self._too_large(name, info.file_size)
                    content = archive.read(info)
                except KeyError:
                    raise self._missing([name]) from None
                except (OSError, EOFError, RuntimeError, zlib.error) as error:
                    raise self._damaged(error) from error
                except (NotImplementedError, zipfile.BadZipFile) as error:
                    raise self._damaged(error) from error
                yield name, content

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            raise self._damaged(error) from error
