"""Writes augment.json and augment_files.txt: what Pillow, numpy and scipy make of the pictures that the tests of `augment` use.

Run with a Python that has Pillow, numpy and scipy: `.venv/bin/python tests/golden/augment.py`.
"""

import colorsys
import io
import json
import math
from pathlib import Path

import numpy
import PIL
import scipy
from PIL import Image, ImageEnhance
from scipy import ndimage

HERE = Path(__file__).parent
NEAREST, BILINEAR = Image.Resampling.NEAREST, Image.Resampling.BILINEAR


def pictures():
    """Noise, in which a pixel out of place shows, and smooth colours, with sides that are even and odd."""
    rng = numpy.random.default_rng(20)
    rows, columns = numpy.mgrid[0:17, 0:12]
    smooth = numpy.stack([rows * 15, columns * 21, 255 - rows * 7 - columns * 9], axis=-1)
    return {
        "noise": rng.integers(0, 256, (17, 12, 3)),
        "square": rng.integers(0, 256, (14, 14, 3)),
        "grey": rng.integers(0, 256, (9, 21)),
        "smooth": smooth,
    }


def plain(picture):
    array = numpy.asarray(picture)
    return {"shape": list(array.shape), "levels": array.astype(numpy.uint8).tobytes().hex()}


def about(matrix, width, height):
    """A map about the middle of the picture."""
    there = numpy.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1.0]])
    return there @ matrix @ numpy.linalg.inv(there)


def rotation(degrees):
    angle = math.radians(degrees)
    return numpy.array([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]])


def shear(x, y):
    along_x = numpy.array([[1, math.tan(math.radians(x)), 0], [0, 1, 0], [0, 0, 1.0]])
    return numpy.array([[1, 0, 0], [math.tan(math.radians(y)), 1, 0], [0, 0, 1.0]]) @ along_x


def transformed(picture, forward, resample):
    back = numpy.linalg.inv(forward)
    return picture.transform(picture.size, Image.Transform.AFFINE, tuple(back[:2].ravel()), resample)


def geometry(picture):
    width, height = picture.size
    cases = []
    for degrees in [10.0, 33.3, -47.5, 90.0, 180.0, 270.0]:
        for expand in [False, True]:
            for name, resample in [("nearest", NEAREST), ("bilinear", BILINEAR)]:
                result = picture.rotate(degrees, resample, expand=expand)
                cases.append({"step": {"kind": "rotate", "degrees": {"low": degrees, "high": degrees}, "expand": expand,
                                       "interpolation": name}, "result": plain(result)})
    filled = picture.rotate(25.0, NEAREST, fillcolor=(200,) * 3 if picture.mode == "RGB" else 200)
    cases.append({"step": {"kind": "rotate", "degrees": {"low": 25.0, "high": 25.0}, "interpolation": "nearest",
                           "fill": 200}, "result": plain(filled)})
    moves = [
        ({"kind": "zoom", "factor": {"low": 1.7, "high": 1.7}}, numpy.diag([1.7, 1.7, 1.0]), (0, 0)),
        ({"kind": "zoom", "factor": {"low": 0.6, "high": 0.6}}, numpy.diag([0.6, 0.6, 1.0]), (0, 0)),
        ({"kind": "shear", "x": {"low": 20.0, "high": 20.0}, "y": {"low": -15.0, "high": -15.0}}, shear(20, -15), (0, 0)),
        ({"kind": "shift", "x": {"low": 0.3, "high": 0.3}, "y": {"low": -0.2, "high": -0.2}}, numpy.eye(3),
         (0.3 * width, -0.2 * height)),
        ({"kind": "affine", "degrees": {"low": 40.0, "high": 40.0}, "shift_x": {"low": 0.1, "high": 0.1},
          "shift_y": {"low": 0.05, "high": 0.05}, "zoom": {"low": 1.2, "high": 1.2}, "shear_x": {"low": 10.0, "high": 10.0},
          "shear_y": {"low": 5.0, "high": 5.0}},
         rotation(40) @ shear(10, 5) @ numpy.diag([1.2, 1.2, 1.0]), (0.1 * width, 0.05 * height)),
    ]
    for step, matrix, shift in moves:
        for name, resample in [("nearest", NEAREST), ("bilinear", BILINEAR)]:
            # A shift of nearest pixels is one of whole pixels.
            is_whole = step["kind"] == "shift" and name == "nearest"
            forward = about(matrix, width, height)
            forward[0, 2] += round(shift[0]) if is_whole else shift[0]
            forward[1, 2] += round(shift[1]) if is_whole else shift[1]
            cases.append({"step": {**step, "interpolation": name}, "result": plain(transformed(picture, forward, resample))})
    return cases


def sizes(picture):
    width, height = picture.size
    array = numpy.asarray(picture)
    more = [(0, 0)] * (array.ndim - 2)
    cases = [
        {"step": {"kind": "horizontal_flip"}, "result": plain(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))},
        {"step": {"kind": "vertical_flip"}, "result": plain(picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM))},
        {"step": {"kind": "center_crop", "height": 6, "width": 5},
         "result": plain(array[(height - 6) // 2:(height - 6) // 2 + 6, (width - 5) // 2:(width - 5) // 2 + 5])},
    ]
    for border in ["constant", "edge", "reflect"]:
        padded = numpy.pad(array, [(3, 19), (23, 2), *more], mode=border)
        cases.append({"step": {"kind": "pad", "top": 3, "bottom": 19, "left": 23, "right": 2, "border": border},
                      "result": plain(padded)})
    for size in [(5, 7), (31, 8), (17, 25), (1, 1)]:
        for name, resample in [("nearest", NEAREST), ("bilinear", BILINEAR)]:
            cases.append({"step": {"kind": "resize", "height": size[0], "width": size[1], "interpolation": name},
                          "result": plain(picture.resize((size[1], size[0]), resample))})
    return cases


def turned(array, turn):
    result = numpy.empty_like(array)
    for place in numpy.ndindex(array.shape[:2]):
        hue, saturation, value = colorsys.rgb_to_hsv(*(array[place] / 255))
        result[place] = numpy.round(numpy.array(colorsys.hsv_to_rgb((hue + turn) % 1.0, saturation, value)) * 255)
    return result


def light(picture):
    array = numpy.asarray(picture)
    cases = []
    for kind, enhance in [("brightness", ImageEnhance.Brightness), ("contrast", ImageEnhance.Contrast),
                          ("saturation", ImageEnhance.Color)]:
        for factor in [0.0, 0.55, 1.0, 1.3, 3.0]:
            cases.append({"step": {"kind": kind, "factor": {"low": factor, "high": factor}},
                          "result": plain(enhance(picture).enhance(factor))})
    if picture.mode == "RGB":
        for turn in [0.1, -0.3, 0.5]:
            cases.append({"step": {"kind": "hue", "turn": {"low": turn, "high": turn}}, "result": plain(turned(array, turn))})
    for sigma in [0.4, 1.5, 6.0]:
        sigmas = (sigma, sigma) + (0,) * (array.ndim - 2)
        blurred = ndimage.gaussian_filter(array.astype(float), sigmas, mode="mirror", truncate=4.0)
        cases.append({"step": {"kind": "gaussian_blur", "sigma": {"low": sigma, "high": sigma}},
                      "result": plain(numpy.round(blurred))})
    return cases


def files():
    """Small files as Pillow writes them: a name and the bytes a line."""

    def encoded(picture, kind, **options):
        file = io.BytesIO()
        picture.save(file, kind, **options)
        return file.getvalue().hex()

    upright = Image.Exif()
    upright[0x0112] = 6
    sixteen = Image.fromarray(numpy.full((2, 3), 0x8040, numpy.uint16))
    return {
        "red.jpg": encoded(Image.new("RGB", (6, 4), (200, 40, 90)), "JPEG"),
        "grey.jpg": encoded(Image.new("L", (6, 4), 77), "JPEG"),
        "turned.jpg": encoded(Image.new("RGB", (6, 4), (10, 200, 30)), "JPEG", exif=upright),
        "palette.png": encoded(Image.new("RGB", (3, 2), (255, 0, 0)).convert("P"), "PNG"),
        "sixteen.png": encoded(sixteen, "PNG"),
        "clear.png": encoded(Image.new("RGBA", (3, 2), (0, 0, 0, 128)), "PNG"),
    }


def main():
    (HERE / "augment_files.txt").write_text("".join(f"{name} {data}\n" for name, data in files().items()))
    values = {"versions": {"Pillow": PIL.__version__, "numpy": numpy.__version__, "scipy": scipy.__version__}, "seed": 20}
    for name, array in pictures().items():
        picture = Image.fromarray(array.astype(numpy.uint8))
        cases = geometry(picture) if name != "smooth" else []
        cases += sizes(picture) if name != "square" else []
        cases += light(picture) if name != "square" else []
        values[name] = {"picture": plain(picture), "cases": cases}
    # One case a line: small differences stay readable.
    lines = [f'"versions": {json.dumps(values["versions"])}', f'"seed": {values["seed"]}']
    for name in pictures():
        cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in values[name]["cases"])
        picture = json.dumps(values[name]["picture"], separators=(",", ":"))
        lines.append(f'"{name}": {{"picture": {picture}, "cases": [\n{cases}\n]}}')
    (HERE / "augment.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
