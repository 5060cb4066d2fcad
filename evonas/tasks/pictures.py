"""Picture files (PNG, JPEG and what else Pillow reads) as arrays of bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from evonas.errors import DataError

#: (height, width)
Size = tuple[int, int]
#: endings of the file names that are taken for pictures
SUFFIXES = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"),
        *(".tif", ".tiff", ".ppm", ".pgm"),
    )
)
_GREY = ("1", "L", "LA")
_COLOUR = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
#: orientations in which a camera stores a picture lying on its side
_TURNED = (5, 6, 7, 8)


def picture_form(path: Path) -> tuple[Size, bool]:
    """Size of a picture as it is looked at, and whether it has colours.

    Only its head is read.

    Raises:
        DataError: it is none, or one of more than eight bits a channel.
    """
    with _named(path), Image.open(path) as picture:
        width, height = picture.size
        if picture.getexif().get(ExifTags.Base.Orientation) in _TURNED:
            width, height = height, width
        _check_bits(picture)
        return (height, width), picture.mode not in _GREY


def read_picture(
    content: Path | bytes, name: object, colours: bool, size: Size, resize: bool = False
) -> NDArray[np.uint8]:
    """The pixels of a picture, H×W or H×W×3.

    Args:
        content: the file, or what is in it.
        name: of the file, for messages.
        colours: three channels, also of a grey picture; otherwise one.
        size: that it must have.
        resize: bring it to that size instead (its sides may be stretched).

    Raises:
        DataError: it is damaged, or of another size.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    with _named(name), Image.open(source) as opened:
        _check_bits(opened)
        picture = ImageOps.exif_transpose(opened).convert("RGB" if colours else "L")
        height, width = size
        if picture.size != (width, height):
            if not resize:
                raise DataError(
                    f"{name}: expected {height}×{width} pixels, got "
                    f"{picture.height}×{picture.width}"
                )
            picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(picture)


def _check_bits(picture: Image.Image) -> None:
    if picture.mode not in (*_GREY, *_COLOUR):
        raise DataError(
            f"expected at most 8 bits a channel, got a picture of mode {picture.mode}; "
            "convert it"
        )


@contextmanager
def _named(name: object) -> Iterator[None]:
    """Whatever goes wrong inside is told as a fault of this file."""
    try:
        with warnings.catch_warnings():
            # Odd metadata are harmless.
            warnings.filterwarnings("ignore", module=r"PIL\..*")
            # A picture of some hundred million pixels is a bomb, not data.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except DataError as error:
        start = "" if str(error).startswith(str(name)) else f"{name}: "
        raise DataError(f"{start}{error}") from error
    # Pillow's decoders raise whatever a damaged file leads them to.
    except Exception as error:
        raise DataError(
            f"{name}: expected a picture, but it cannot be read: {error}; replace or "
            "remove it"
        ) from error
