"""Writes a model pack's pack.toml from the network's own constants, or checks a pack against it.

    python pack.py ../models/drape-2026.1            # check sha256 and self-test
    python pack.py ../models/drape-2026.1 --write    # after replacing the model or the self-test picture
"""

import argparse
import hashlib
import tomllib
from pathlib import Path

import cv2
import numpy as np

from evaluate import Model
from person_net import INPUT_SIZE, KEYPOINT_STRIDE, PART_STRIDE
from renderer.labels import KEYPOINTS, PARTS

PIXEL_TOLERANCE = 150
KEYPOINT_TOLERANCE = 6.0

_TEMPLATE = """\
# Written by training/pack.py; do not edit.
name = "{name}"
version = "{version}"
licence = "Apache-2.0 OR MIT"
description = "Person parsing, trained only on people rendered from CC0 assets. There is no garment role: the engine \
finds a garment's outline and landmarks by its classical method."

[person]
file = "drape-person.onnx"
sha256 = "{sha256}"
opset = 17

[person.input]
name = "image"
shape = [1, 3, {height}, {width}]        # N, C, H, W
channels = "rgb"
scale = {scale!r}     # value = byte * scale + offset, so [-1, 1]
offset = -1.0
fit = "letterbox"               # keep the aspect, centre, fill the rest with the mean colour of the photo's top rows

[[person.outputs]]
name = "parts"
shape = [1, {parts}, {part_height}, {part_width}]
meaning = "class logits; enlarge bilinearly (half-pixel centres), then softmax or argmax"
classes = [
{classes}
]

[[person.outputs]]
name = "keypoints"
shape = [1, {points}, {map_height}, {map_width}]
meaning = "heat-map logits; sigmoid, then argmax (or local centroid); a peak under 0.25 means not visible; \
cell (i, j) is at ((j + 0.5) * {stride}, (i + 0.5) * {stride})"
keypoints = [
{keypoints}
]

# The picture is already of input size. Pixels are those of the argmax of the enlarged parts; a keypoint is the centre
# of its heat map's highest cell.
[person.self_test]
image = "person-self-test.png"
pixel_tolerance = {pixel_tolerance}
keypoint_tolerance = {keypoint_tolerance}

[person.self_test.pixels]
{pixels}

[person.self_test.keypoints]
{positions}
"""


def answers(directory: Path) -> tuple[dict[str, int], dict[str, list[float]]]:
    """What the pack's network says about the pack's self-test picture."""
    picture = cv2.imread(str(directory / "person-self-test.png"))
    parts, keypoints = Model(directory / "drape-person.onnx")(np.ascontiguousarray(picture[:, :, ::-1]))
    counts = np.bincount(parts.ravel(), minlength=len(PARTS))
    found = {name: [float(x), float(y)] for name, (x, y, peak) in zip(KEYPOINTS, keypoints) if peak > 0.25}
    return {name: int(count) for name, count in zip(PARTS, counts)}, found


def write(directory: Path) -> None:
    """Replaces pack.toml."""
    pixels, positions = answers(directory)
    height, width = INPUT_SIZE
    text = _TEMPLATE.format(
        name=directory.name,
        version=directory.name.removeprefix("drape-") + ".0",
        sha256=_sha256(directory),
        height=height,
        width=width,
        scale=2 / 255,
        parts=len(PARTS),
        part_height=height // PART_STRIDE,
        part_width=width // PART_STRIDE,
        points=len(KEYPOINTS),
        map_height=height // KEYPOINT_STRIDE,
        map_width=width // KEYPOINT_STRIDE,
        stride=KEYPOINT_STRIDE,
        classes="\n".join(f'    "{name}",' for name in PARTS),
        keypoints="\n".join(f'    "{name}",' for name in KEYPOINTS),
        pixel_tolerance=PIXEL_TOLERANCE,
        keypoint_tolerance=KEYPOINT_TOLERANCE,
        pixels="\n".join(f"{name} = {count}" for name, count in pixels.items()),
        positions="\n".join(f"{name} = {position}" for name, position in positions.items()),
    )
    (directory / "pack.toml").write_text(text)


def check(directory: Path) -> None:
    """Exits with a message when the files do not give what pack.toml promises."""
    person = tomllib.loads((directory / "pack.toml").read_text())["person"]
    if person["sha256"] != _sha256(directory):
        raise SystemExit("drape-person.onnx: sha256 differs from pack.toml")
    expected = person["self_test"]
    pixels, positions = answers(directory)
    for name, count in expected["pixels"].items():
        if abs(pixels[name] - count) > expected["pixel_tolerance"]:
            raise SystemExit(f"self-test: {pixels[name]} pixels of {name}, expected {count}")
    for name, position in expected["keypoints"].items():
        if name not in positions or np.hypot(*np.subtract(positions[name], position)) > expected["keypoint_tolerance"]:
            raise SystemExit(f"self-test: {name} at {positions.get(name)}, expected {position}")
    print(f"{directory.name}: sha256 and self-test agree")


def _sha256(directory: Path) -> str:
    return hashlib.sha256((directory / "drape-person.onnx").read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.pack.resolve())
    check(arguments.pack.resolve())


if __name__ == "__main__":
    main()
