"""Every kind of image file against what its pixels must be."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from steelyard.tasks.images.decode import Decoded, Unreadable, decode
from steelyard.tasks.images.pixels import fitted


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def decoded(raw: bytes, size: int = 8, fit: str | None = None) -> Decoded:
    result = decode(lambda: Image.open(io.BytesIO(raw)), size, fit)
    assert isinstance(result, Decoded), result
    return result


def refused(raw: bytes) -> str:
    result = decode(lambda: Image.open(io.BytesIO(raw)), 8, None)
    assert isinstance(result, Unreadable)
    return result.reason


def pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@given(arrays(np.uint8, (8, 8)))
def test_grey_of_the_right_size_comes_through_unchanged(grey: np.ndarray) -> None:
    image = decoded(saved(Image.fromarray(grey)))
    assert image.kind == "L"
    np.testing.assert_array_equal(image.pixels, grey)


@given(arrays(np.uint8, (8, 8, 3)))
def test_rgb_is_colour_exactly_when_its_channels_differ(rgb: np.ndarray) -> None:
    image = decoded(saved(Image.fromarray(rgb)))
    grey = bool((rgb == rgb[..., :1]).all())
    assert image.kind == ("L" if grey else "RGB")
    np.testing.assert_array_equal(image.pixels, rgb[..., 0] if grey else rgb)


def test_one_coloured_pixel_among_many_makes_an_image_colour() -> None:
    image = Image.new("RGB", (301, 299), (7, 7, 7))
    image.putpixel((300, 298), (7, 8, 7))
    assert decoded(saved(image)).kind == "RGB"


@given(arrays(np.uint8, (8, 8, 4)))
def test_transparency_shows_black(rgba: np.ndarray) -> None:
    image = decoded(saved(Image.fromarray(rgba)))
    expected = rgba[..., :3] * (rgba[..., 3:] / 255)
    found = image.pixels if image.kind == "RGB" else image.pixels[..., None]
    assert np.abs(found - expected).max() <= 1


@given(st.integers(0, 255), st.integers(1, 40), st.integers(1, 40))
def test_stretching_keeps_an_even_image_even(value: int, width: int, height: int) -> None:
    assert np.unique(np.asarray(fitted(Image.new("L", (width, height), value), 8, "stretch"))).tolist() == [value]


def test_stretching_down_averages_instead_of_picking() -> None:
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert np.ptp(np.asarray(fitted(Image.fromarray(board), 8, "stretch")).astype(int)) <= 32


def test_stretching_neither_crops_nor_pads() -> None:
    wide = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None], 16, axis=0)
    row = decoded(saved(Image.fromarray(wide)), fit="stretch").pixels[0].astype(int)
    assert row[0] < 32 and row[-1] > 223 and (np.diff(row) > 0).all()


def test_padding_keeps_the_shape_of_things_in_the_middle_of_black() -> None:
    found = decoded(saved(Image.new("L", (64, 16), 200)), 16, "pad").pixels
    np.testing.assert_array_equal(found[:, 0], [0] * 6 + [200] * 4 + [0] * 6)
    assert (found == found[:, :1]).all()


def test_padding_a_hair_leaves_a_line_of_it() -> None:
    found = decoded(saved(Image.new("L", (2, 900), 200)), 8, "pad").pixels
    assert found[:, 3].tolist() == [200] * 8 and found.sum() == 8 * 200


def test_cropping_shows_the_largest_square_in_the_centre() -> None:
    grey = pixels(16, 41)
    middle = Image.fromarray(grey).resize((8, 8), Image.Resampling.BILINEAR, box=(12.5, 0, 28.5, 16))
    np.testing.assert_array_equal(decoded(saved(Image.fromarray(grey)), 8, "crop").pixels, np.asarray(middle))
    assert decoded(saved(Image.fromarray(grey)), 8, "crop").sides == (41, 16)


@pytest.mark.parametrize(("width", "fit"), [(120, "stretch"), (121, "pad"), (83, "pad"), (84, "stretch")])
def test_from_a_ratio_of_1_2_on_images_are_padded_where_nothing_was_asked_for(width: int, fit: str) -> None:
    image = Image.fromarray(pixels(100, width))
    np.testing.assert_array_equal(fitted(image, 16, None), fitted(image, 16, fit))
    assert (
        np.asarray(fitted(image, 16, None)) != np.asarray(fitted(image, 16, {"pad": "stretch"}.get(fit, "pad")))
    ).any()


@pytest.mark.parametrize("mode", ["L", "RGB", "F"])
@pytest.mark.parametrize("side", [5, 16, 17, 300])
def test_square_images_are_the_same_pixels_whatever_the_fit(side: int, mode: str) -> None:
    image = Image.fromarray(pixels(side, side, 3)).convert("L" if mode == "F" else mode).convert(mode)
    before = np.asarray(image.resize((16, 16), Image.Resampling.BILINEAR))
    for fit in (None, "pad", "crop", "stretch"):
        np.testing.assert_array_equal(np.asarray(fitted(image, 16, fit)), before)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([None, "pad", "crop", "stretch"]))
def test_turning_an_image_turns_what_is_made_of_it(width: int, height: int, fit: str | None) -> None:
    lying, turn = Image.fromarray(pixels(height, width)), Image.Transpose.TRANSPOSE
    turned = np.asarray(fitted(lying.transpose(turn), 8, fit)).astype(int)
    assert np.abs(turned - np.asarray(fitted(lying, 8, fit).transpose(turn))).max() <= 1


@pytest.mark.parametrize(("mode", "kind"), [("1", "L"), ("L", "L"), ("LA", "L"), ("P", "RGB"), ("RGBA", "RGB")])
def test_modes_of_png(mode: str, kind: str) -> None:
    image = Image.fromarray(pixels(8, 8, 3)).convert(mode)
    found = decoded(saved(image))
    expected = np.asarray(image.convert("RGB"))
    assert found.kind == kind
    np.testing.assert_array_equal(found.pixels if kind == "RGB" else found.pixels[..., None].repeat(3, 2), expected)


def test_a_transparent_colour_of_a_palette_shows_black() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((0, 0), 0)
    found = decoded(saved(image, transparency=1)).pixels
    assert found[0, 0].tolist() == [10, 20, 30]
    assert found[4, 4].tolist() == [0, 0, 0]


def test_a_transparent_grey_shows_black() -> None:
    image = Image.new("L", (8, 8), 200)
    image.putpixel((0, 0), 90)
    found = decoded(saved(image, transparency=200))
    assert found.kind == "L"
    assert (found.pixels[0, 0], found.pixels[4, 4]) == (90, 0)


def test_cmyk_becomes_rgb() -> None:
    red = Image.new("RGB", (8, 8), (250, 20, 20)).convert("CMYK")
    found = decoded(saved(red, "TIFF"))
    assert found.kind == "RGB"
    assert np.abs(found.pixels[4, 4].astype(int) - (250, 20, 20)).max() <= 2


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_keep_their_values_and_their_largest(form: str) -> None:
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 64
    found = decoded(saved(Image.fromarray(deep), form))
    assert (found.kind, found.largest) == ("F", 63 * 64)
    np.testing.assert_array_equal(found.pixels, deep)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_sets_the_image_upright(orientation: int) -> None:
    # Inverse of what a viewer does, after the EXIF standard: 6 is shown turned clockwise, so it lies turned back.
    lying = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.fromarray(pixels(8, 8))
    stored = upright.transpose(lying[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    np.testing.assert_array_equal(decoded(saved(stored, exif=exif)).pixels, np.asarray(upright))


def test_the_digest_is_blind_to_the_file_format_but_not_to_pixels_or_shape() -> None:
    image = Image.fromarray(pixels(6, 10))
    png, bmp, as_rgb = decoded(saved(image)), decoded(saved(image, "BMP")), decoded(saved(image.convert("RGB")))
    assert png.digest == bmp.digest == as_rgb.digest
    reshaped = Image.fromarray(pixels(6, 10).reshape(10, 6))
    other = Image.fromarray(pixels(6, 10, seed=1))
    assert len({png.digest, decoded(saved(reshaped)).digest, decoded(saved(other)).digest}) == 3


def test_a_truncated_jpeg_is_unreadable() -> None:
    raw = saved(Image.fromarray(pixels(64, 64, 3)), "JPEG")
    assert "truncated" in refused(raw[: len(raw) // 2])


def test_a_truncated_png_is_unreadable() -> None:
    raw = saved(Image.fromarray(pixels(64, 64, 3)))
    assert refused(raw[: len(raw) // 2])


def test_a_text_is_no_image() -> None:
    assert refused(b"a text") == "not an image"


def test_an_empty_file_is_no_image() -> None:
    assert refused(b"") == "not an image"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    assert decode(lambda: Image.open(tmp_path / "none.png"), 8, None) == Unreadable("No such file or directory")


def test_floating_point_pixels_are_refused_because_their_range_is_unknown() -> None:
    assert "floating-point" in refused(saved(Image.new("F", (4, 4), 0.5), "TIFF"))


@given(st.binary(max_size=200), st.integers(0, 100))
def test_no_damage_escapes_as_an_exception(noise: bytes, at: int) -> None:
    raw = bytearray(saved(Image.fromarray(pixels(8, 8, 3)), "BMP"))
    raw[at : at + len(noise)] = noise
    assert isinstance(decode(lambda: Image.open(io.BytesIO(bytes(raw))), 8, None), Decoded | Unreadable)
