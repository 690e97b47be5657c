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

import glimpses
import sketches
from evaluate import LABELS, Model

#: Last number of a pack's version; a retraining raises it.
REVISION = 5
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
painted packshots, and how cloth hangs and is lit, trained on both."
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


@dataclass
class PlaneRole:
    """A network of the pack that is told planes, and what pack.toml says in words about it."""

    name: str
    told: tuple[int, int, int]
    told_meaning: str
    answer: str  # the output's name
    answers: int  # planes of it, at half of the input's size
    meaning: str
    tolerance: float
    unit: str

    @property
    def file(self) -> str:
        return f"drape-{self.name}.onnx"

    def means(self, directory: Path) -> list[float]:
        """What the network says to its self-test's numbers."""
        plane, row, column = np.indices(self.told)
        told = ((7 * plane + 3 * row + column) % 11).astype(np.float32)[None]
        session = onnxruntime.InferenceSession(str(directory / self.file))
        return [round(float(mean), 5) for mean in session.run(None, {"image": told})[0].mean((0, 2, 3))]


PLANE_ROLES = (
    PlaneRole(
        "settling", sketches.INPUT_SHAPE,
        "a garment on a body as the engine's geometry lays it, in shoulder widths (src/engine/warp/sketch.rs)",
        "moves", sketches.ANSWERS,
        "how far its cloth hangs from there, in shoulder widths: right and down of the trunk, right and down of sleeves or legs, and "
        "the error to expect of either",
        0.002, "shoulder widths",
    ),
    PlaneRole(
        "harmoniser", glimpses.INPUT_SHAPE,
        "a photo, the person's parts in it, and a new garment as its own picture shows it (src/engine/light/harmoniser.rs)",
        "gain", 1,
        "the logarithm of how much more linear luminance its cloth has in the photo's light than in its own picture",
        0.002, "of a logarithm",
    ),
)  # fmt: skip

_PLANE_ROLE = """
[{role}]
file = "{file}"
sha256 = "{sha256}"
opset = 17

[{role}.input]
name = "image"
shape = {told}        # N, C, H, W
meaning = "{told_meaning}"

[{role}.output]
name = "{answer}"
shape = {output}
meaning = "{meaning}"

# Plane c, row y and column x of the input are (7 c + 3 y + x) mod 11; the means of the answer's planes.
[{role}.self_test]
tolerance = {tolerance}
means = {means}
"""


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
    sections = [_section(directory, role) for role in ROLES] + [_plane_section(directory, role) for role in PLANE_ROLES]
    (directory / "pack.toml").write_text(head + "".join(sections))


def _plane_section(directory: Path, role: PlaneRole) -> str:
    _, height, width = role.told
    return _PLANE_ROLE.format(
        role=role.name,
        file=role.file,
        sha256=_sha256(directory / role.file),
        told=[1, *role.told],
        told_meaning=role.told_meaning,
        answer=role.answer,
        output=[1, role.answers, height // 2, width // 2],
        meaning=role.meaning,
        tolerance=role.tolerance,
        means=role.means(directory),
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
    for role in PLANE_ROLES:
        promised = pack[role.name]
        if promised["sha256"] != _sha256(directory / role.file):
            raise SystemExit(f"{role.file}: sha256 differs from pack.toml")
        apart = np.abs(np.subtract(role.means(directory), promised["self_test"]["means"])).max()
        if apart > promised["self_test"]["tolerance"]:
            raise SystemExit(f"{role.name} self-test: {apart:.4f} {role.unit} off")
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
