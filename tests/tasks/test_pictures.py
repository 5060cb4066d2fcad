"""Tests of picture files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_files import picture
from PIL import Image

import evonas.tasks.pictures as pictures
from evonas.errors import DataError
from evonas.tasks.pictures import picture_form, read_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test puts its picture."""
    return tmp_path / "picture.png"


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_pixels_come_back_as_they_were(path: Path, form: str) -> None:
    """From every form that loses nothing."""
    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, form, lossless=True)
    path.write_bytes(stream.getvalue())
    assert picture_form(path) == ((5, 7), True)
    np.testing.assert_array_equal(read_picture(path, path, True, (5, 7)), PIXELS)


@pytest.mark.parametrize(
    ("mode", "colours"),
    [("1", False), ("L", False), ("LA", False)]
    + [(mode, True) for mode in ("P", "RGB", "RGBA")],
)
def test_every_mode_of_eight_bits_is_grey_or_coloured(
    path: Path, mode: str, colours: bool
) -> None:
    """Transparency is dropped, palettes are looked up."""
    path.write_bytes(picture(mode=mode, size=(4, 6)))
    assert picture_form(path) == ((4, 6), colours)
    assert read_picture(path, path, True, (4, 6)).shape == (4, 6, 3)
    assert read_picture(path, path, False, (4, 6)).shape == (4, 6)


def test_a_grey_picture_gets_three_equal_channels(path: Path) -> None:
    """Where its neighbours have colours."""
    path.write_bytes(picture(PIXELS[..., 0]))
    read = read_picture(path, path, True, (5, 7))
    np.testing.assert_array_equal(read, np.repeat(PIXELS[..., :1], 3, -1))


def test_a_picture_that_lies_on_its_side_is_put_upright(path: Path) -> None:
    """As cameras note it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(path, exif=exif)
    assert picture_form(path) == ((7, 5), True)
    read = read_picture(path, path, True, (7, 5))
    np.testing.assert_array_equal(read, np.rot90(PIXELS, -1))


def test_another_size_is_refused_or_brought_to_the_one(path: Path) -> None:
    """Sides may be stretched."""
    path.write_bytes(picture(np.full((5, 7, 3), 9, np.uint8)))
    with pytest.raises(DataError, match=r"picture\.png: expected 4×4 pixels, got 5×7"):
        read_picture(path, path, True, (4, 4))
    assert (read_picture(path, path, True, (4, 3), resize=True) == 9).all()
    assert read_picture(path, path, True, (4, 3), resize=True).shape == (4, 3, 3)


def test_more_than_eight_bits_are_refused(path: Path) -> None:
    """Cutting them off would be a silent loss."""
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(path)
    message = r"picture\.png: expected at most 8 bits a channel.*I;16"
    with pytest.raises(DataError, match=message):
        picture_form(path)
    with pytest.raises(DataError, match=message):
        read_picture(path, path, False, (4, 4))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "TIFF"])
def test_a_cut_picture_is_refused(path: Path, form: str) -> None:
    """Half a download is not half a picture."""
    content = picture(PIXELS, form)
    path.write_bytes(content[: len(content) * 3 // 5])
    with pytest.raises(DataError, match=r"picture\.png: expected a picture"):
        read_picture(path, path, True, (5, 7))


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(path: Path, content: bytes) -> None:
    """An error page under the name of one."""
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"picture\.png: expected a picture"):
        picture_form(path)


def test_a_picture_that_would_fill_the_memory_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its head alone."""
    monkeypatch.setattr(pictures.Image, "MAX_IMAGE_PIXELS", 30)
    path.write_bytes(picture(PIXELS))
    with pytest.raises(DataError, match=r"picture\.png: .*decompression bomb"):
        picture_form(path)


@settings(max_examples=40)
@given(st.sampled_from(["PNG", "JPEG", "BMP"]), st.data())
def test_a_damaged_picture_is_read_or_refused(form: str, data: st.DataObject) -> None:
    """One wrong byte never leads to another error."""
    content = bytearray(picture(PIXELS, form))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    try:
        read_picture(bytes(content), "picture", True, (5, 7))
    except DataError as error:
        assert str(error).startswith("picture: expected")  # noqa: PT017
