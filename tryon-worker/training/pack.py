"""Writes a model pack's pack.toml from the networks' own constants, or checks a pack against it.

    python pack.py ../models/drape-2026.2            # check sha256 and self-tests
    python pack.py ../models/drape-2026.2 --write    # after replacing a model or a self-test picture
"""

import argparse
import hashlib
import importlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import sketches

from evaluate import LABELS, Model

#: Last number of a pack's version; a retraining raises it.
REVISION = 1
#: The network that corrects geometry; it sees no picture.
SETTLING = "drape-settling.onnx"
PIXEL_TOLERANCE = 150
KEYPOINT_TOLERANCE = 6.0


@dataclass
class Role:
    """A network of the pack and what pack.toml says in words about it."""

    name: str
    fill: str  # what the letterbox is filled with
    absent: str  # what a low peak means

    @property
    def file(self) -> str:
        return f"drape-{self.name}.onnx"

    @property
    def picture(self) -> str:
        return f"{self.name}-self-test.png"

    @property
    def network(self):
        return importlib.import_module(f"{self.name}_net")

    @property
    def labels(self):
        return importlib.import_module(LABELS[self.name])


ROLES = (
    Role("person", "the mean colour of the photo's top rows", "not visible"),
    Role("garment", "the mean colour of the picture's border", "that the garment does not have it"),
)

_HEAD = """\
# Written by training/pack.py; do not edit.
name = "{name}"
version = "{version}"
licence = "Apache-2.0 OR MIT"
description = "Person parsing, trained only on people rendered from CC0 assets, garment parsing, trained only on \
painted packshots, and how cloth hangs, trained on both."
"""

_ROLE = """
[{role}]
file = "{file}"
sha256 = "{sha256}"
opset = 17

[{role}.input]
name = "image"
shape = [1, 3, {height}, {width}]        # N, C, H, W
channels = "rgb"
scale = {scale!r}     # value = byte * scale + offset, so [-1, 1]
offset = -1.0
fit = "letterbox"               # keep the aspect, centre, fill the rest with {fill}

[[{role}.outputs]]
name = "parts"
shape = [1, {parts}, {part_height}, {part_width}]
meaning = "class logits; enlarge bilinearly (half-pixel centres), then softmax or argmax"
classes = [
{classes}
]

[[{role}.outputs]]
name = "keypoints"
shape = [1, {points}, {map_height}, {map_width}]
meaning = "heat-map logits; sigmoid, then argmax (or local centroid); a peak under 0.25 means {absent}; \
cell (i, j) is at ((j + 0.5) * {stride}, (i + 0.5) * {stride})"
keypoints = [
{keypoints}
]

# The picture is already of input size. Pixels are those of the argmax of the enlarged parts; a keypoint is the centre
# of its heat map's highest cell.
[{role}.self_test]
image = "{picture}"
pixel_tolerance = {pixel_tolerance}
keypoint_tolerance = {keypoint_tolerance}

[{role}.self_test.pixels]
{pixels}

[{role}.self_test.keypoints]
{positions}
"""


_SETTLING = """
[settling]
file = "{file}"
sha256 = "{sha256}"
opset = 17

[settling.input]
name = "image"
shape = {input}        # N, C, H, W
meaning = "a garment on a body as the engine's geometry lays it, in shoulder widths (src/engine/warp/sketch.rs)"

[settling.output]
name = "moves"
shape = {output}
meaning = "how far its cloth hangs from there, in shoulder widths: right and down of the trunk, right and down of sleeves or \
legs, and the error to expect of either"

# Channel c, row y and column x of the input are (7 c + 3 y + x) mod 11; the means of the answer's planes.
[settling.self_test]
tolerance = 0.002
means = {means}
"""


def settling_means(directory: Path) -> list[float]:
    """What the settling network says to its self-test's numbers."""
    channel, row, column = np.indices(sketches.INPUT_SHAPE)
    told = ((7 * channel + 3 * row + column) % 11).astype(np.float32)[None]
    session = onnxruntime.InferenceSession(str(directory / SETTLING))
    return [round(float(mean), 5) for mean in session.run(None, {"image": told})[0].mean((0, 2, 3))]


def answers(directory: Path, role: Role) -> tuple[dict[str, int], dict[str, list[float]]]:
    """What one of the pack's networks says about its self-test picture."""
    picture = cv2.imread(str(directory / role.picture))
    parts, keypoints = Model(directory / role.file, role.network)(np.ascontiguousarray(picture[:, :, ::-1]))
    names = role.labels
    counts = np.bincount(parts.ravel(), minlength=len(names.PARTS))
    found = {name: [float(x), float(y)] for name, (x, y, peak) in zip(names.KEYPOINTS, keypoints) if peak > 0.25}
    return {name: int(count) for name, count in zip(names.PARTS, counts)}, found


def write(directory: Path) -> None:
    """Replaces pack.toml."""
    version = f"{directory.name.removeprefix('drape-')}.{REVISION}"
    head = _HEAD.format(name=directory.name, version=version)
    (directory / "pack.toml").write_text(head + "".join(_section(directory, role) for role in ROLES) + _settling(directory))


def _settling(directory: Path) -> str:
    planes, height, width = sketches.INPUT_SHAPE
    return _SETTLING.format(
        file=SETTLING,
        sha256=_sha256(directory / SETTLING),
        input=[1, planes, height, width],
        output=[1, sketches.ANSWERS, height // sketches.STRIDE, width // sketches.STRIDE],
        means=settling_means(directory),
    )


def _section(directory: Path, role: Role) -> str:
    pixels, positions = answers(directory, role)
    network, names = role.network, role.labels
    height, width = network.INPUT_SIZE
    return _ROLE.format(
        role=role.name,
        file=role.file,
        picture=role.picture,
        fill=role.fill,
        absent=role.absent,
        sha256=_sha256(directory / role.file),
        height=height,
        width=width,
        scale=2 / 255,
        parts=len(names.PARTS),
        part_height=height // network.PART_STRIDE,
        part_width=width // network.PART_STRIDE,
        points=len(names.KEYPOINTS),
        map_height=height // network.KEYPOINT_STRIDE,
        map_width=width // network.KEYPOINT_STRIDE,
        stride=network.KEYPOINT_STRIDE,
        classes="\n".join(f'    "{name}",' for name in names.PARTS),
        keypoints="\n".join(f'    "{name}",' for name in names.KEYPOINTS),
        pixel_tolerance=PIXEL_TOLERANCE,
        keypoint_tolerance=KEYPOINT_TOLERANCE,
        pixels="\n".join(f"{name} = {count}" for name, count in pixels.items()),
        positions="\n".join(f"{name} = {position}" for name, position in positions.items()),
    )


def check(directory: Path) -> None:
    """Exits with a message when the files do not give what pack.toml promises."""
    pack = tomllib.loads((directory / "pack.toml").read_text())
    for role in ROLES:
        _check_role(directory, role, pack[role.name])
    settling = pack["settling"]
    if settling["sha256"] != _sha256(directory / SETTLING):
        raise SystemExit(f"{SETTLING}: sha256 differs from pack.toml")
    apart = np.abs(np.subtract(settling_means(directory), settling["self_test"]["means"])).max()
    if apart > settling["self_test"]["tolerance"]:
        raise SystemExit(f"settling self-test: {apart:.4f} shoulder widths off")
    print(f"{directory.name}: sha256 and self-tests agree")


def _check_role(directory: Path, role: Role, promised: dict) -> None:
    if promised["sha256"] != _sha256(directory / role.file):
        raise SystemExit(f"{role.file}: sha256 differs from pack.toml")
    expected = promised["self_test"]
    pixels, positions = answers(directory, role)
    for name, count in expected["pixels"].items():
        if abs(pixels[name] - count) > expected["pixel_tolerance"]:
            raise SystemExit(f"{role.name} self-test: {pixels[name]} pixels of {name}, expected {count}")
    for name, position in expected["keypoints"].items():
        if name not in positions or np.hypot(*np.subtract(positions[name], position)) > expected["keypoint_tolerance"]:
            raise SystemExit(f"{role.name} self-test: {name} at {positions.get(name)}, expected {position}")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


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
