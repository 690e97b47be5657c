"""Makes shards of sketches: garments on rendered people as the engine's geometry lays them, and how far they hang from there.

    python settling_data.py ASSETS.zip OUT_DIR --worker drape-tryon-worker --pack ../models/drape-2026.2 --seed 1 --shards 4

A shard is an uncompressed .npz: `seen` Nx25x160x96 (half floats) is what the engine's sketches show, `moves` Nx4x80x48 (half floats,
in shoulder widths) says how far right and down the trunk's and the limbs' cloth of each cell hangs from there in the true picture, and
`known` Nx2x80x48 (bytes) where that is known. Garments are packshots on an invisible body of the triplets (`renderer.pairs`), whose truth is
the rendered person in them; and flat ones, painted, of which nothing is known better than what geometry says: they do not move.
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from packshots.labels import KEYPOINTS, PARTS
from packshots.sampler import Gen as Painter
from renderer.body import BodyModel
from renderer.ghost import finest, packshot
from renderer.pairs import CATEGORIES, Pair, draw_pair
from renderer.render import Render, render
from renderer.sampler import Gen
from shards import save
from sketches import INPUT_SHAPE, STRIDE

#: Rows and columns of a person's picture and of a packshot: half of what is measured on.
PERSON_SIZE, SHOT_SIZE = (512, 384), (625, 500)
#: People, textures and flat garments to draw from.
POOL = 64
#: Of each so many sketches one is of a flat garment.
FLAT_EVERY = 4
#: Points of the cloth are the same that are less than this apart on its surface in rest pose, in decimetres.
TOLERANCE = 0.12
#: Cells beyond the garment's edge that move as its nearest cell does.
BEYOND = 3.0


@dataclass
class Truth:
    """Where a garment hangs: the rest-pose positions of its outer side, where a picture of the person alone shows it (x, y), and those
    of each pixel of its packshot (H x W x 3, not a number where there is none)."""

    worn: np.ndarray
    places: np.ndarray
    shot: np.ndarray


def dressed(model: BodyModel, pair: Pair) -> tuple[Render, np.ndarray, Truth]:
    """The picture of the person before, the new garment's packshot, and where it hangs."""
    before = render(model, pair.before, *PERSON_SIZE)
    alone = render(model, replace(pair.after, ghost=True), *PERSON_SIZE, view=before.view)
    shot = packshot(model, pair.after.garments[pair.kept :], pair.male, pair.seed, SHOT_SIZE)
    own = (finest(alone.worn, alone) >= pair.kept) & finest(alone.outer, alone)
    rows, columns = np.nonzero(own)
    seen = (finest(shot.render.worn, shot.render) >= 0) & finest(shot.render.outer, shot.render)
    return before, shot.image, Truth(
        worn=alone.canonical[own],
        places=np.stack([columns, rows], 1) + 0.5,
        shot=np.where(seen[..., None], shot.render.canonical, np.nan),
    )  # fmt: skip


def flat(painter: Painter, rng, bottoms: bool) -> np.ndarray:
    """A painted packshot of a top or a dress, or of a bottom, at twice its size."""
    legs, sleeves = PARTS.index("left_leg"), PARTS.index("left_sleeve")
    while True:
        shot = painter.sample(rng, views=1)[0]
        upper = shot.keypoints[KEYPOINTS.index("armpit_left"), 2] > 0
        if upper != bottoms and ((shot.labels == legs).any() <= bottoms) and ((shot.labels == sleeves).any() <= upper):
            return cv2.resize(shot.image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def moves_of(places: np.ndarray, cover: np.ndarray, window: np.ndarray, truth: Truth | None) -> tuple[np.ndarray, np.ndarray]:
    """How far the cloth of each cell hangs from there (2 x rows x columns, shoulder widths), and where that is known."""
    rows, columns = cover.shape
    left, top, width, height, unit = window
    here = np.isfinite(places[0]) & (cover > 0.5)
    moves, known = np.zeros((2, rows, columns), np.float32), np.zeros((rows, columns), bool)
    if truth is None:
        return moves, here
    y, x = np.nonzero(here)
    column, row = (places[:, y, x]).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < truth.shot.shape[1]) & (row < truth.shot.shape[0])
    y, x, column, row = y[inside], x[inside], column[inside], row[inside]
    cloth = truth.shot[row, column]
    sound = np.isfinite(cloth[:, 0])
    y, x, cloth = y[sound], x[sound], cloth[sound]
    if not len(y) or not len(truth.worn):
        return moves, known
    distance, nearest = cKDTree(truth.worn).query(cloth, distance_upper_bound=TOLERANCE)
    found = np.isfinite(distance)
    y, x, true = y[found], x[found], truth.places[nearest[found]]
    moves[0, y, x] = (true[:, 0] - left - (x + 0.5) * width / columns) / unit
    moves[1, y, x] = (true[:, 1] - top - (y + 0.5) * height / rows) / unit
    known[y, x] = np.abs(moves[:, y, x]).max(0) < 1.5
    return moves, known


def coarse(moves: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both at the size of the answer, and a little beyond the garment's edge."""
    rows, columns = (n // STRIDE for n in known.shape)
    blocks = known.reshape(rows, STRIDE, columns, STRIDE).astype(np.float32)
    count = blocks.sum((1, 3))
    sums = (moves.reshape(2, rows, STRIDE, columns, STRIDE) * blocks).sum((2, 4))
    small = sums / np.maximum(count, 1)
    if not count.any():
        return small, np.zeros((rows, columns), np.uint8)
    away, nearest = distance_transform_edt(count == 0, return_indices=True)
    near = away <= BEYOND
    return np.where(near, small[:, nearest[0], nearest[1]], 0), np.where(count > 0, 255, np.where(near, 128, 0)).astype(np.uint8)


def make_shard(generator: Gen, painter: Painter, worker: list[str], seed: int, numbers: list[int]) -> dict[str, np.ndarray]:
    """Sketches of the pairs of these numbers, as far as the engine does not refuse them."""
    kinds, lines, truths = list(CATEGORIES), [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def ask(person: str, garment: str, image: np.ndarray, category: str, truth: Truth | None) -> None:
            cv2.imwrite(str(folder / f"{garment}.png"), np.ascontiguousarray(image[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
            lines.append(json.dumps({"name": garment, "person": f"{person}.png", "garment": f"{garment}.png", "category": category}))
            truths[garment] = truth

        for number in numbers:
            pair = draw_pair(generator, 1000 * seed + number, kinds[number % len(kinds)])
            before, shot, truth = dressed(generator.model, pair)
            person = f"person-{number}"
            image = np.ascontiguousarray(before.image[:, :, ::-1])
            cv2.imwrite(str(folder / f"{person}.png"), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
            ask(person, f"worn-{number}", shot, pair.category, truth)
            if number % FLAT_EVERY == 0:
                rng = np.random.default_rng([seed, number, len("flat")])
                ask(person, f"flat-{number}", flat(painter, rng, pair.category == "bottoms"), pair.category, None)
        (folder / "list.jsonl").write_text("\n".join(lines) + "\n")
        command = [*worker, "sketch", "--list", str(folder / "list.jsonl"), "--out", str(folder)]
        answers = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        samples = [_sample(folder, answer, truths[answer["name"]]) for answer in map(json.loads, answers) if answer["window"]]
    seen, moves, known = (np.stack(arrays) for arrays in zip(*samples))
    return {"seen": seen, "moves": moves, "known": known}


def _sample(folder: Path, answer: dict, truth: Truth | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    planes = np.load(folder / f"{answer['name']}.npy")
    seen, places = planes[: INPUT_SHAPE[0]], planes[INPUT_SHAPE[0] :].reshape(2, 2, *INPUT_SHAPE[1:])
    window = np.array(answer["window"])
    pieces = [coarse(*moves_of(place, seen[cover], window, truth)) for place, cover in zip(places, (8, 11))]
    moves = np.concatenate([moves for moves, _ in pieces])
    return seen.astype(np.float16), moves.astype(np.float16), np.stack([known for _, known in pieces])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--worker", required=True, help="the worker's binary")
    parser.add_argument("--pack", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--per-shard", type=int, default=24)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator, painter = Gen(POOL, arguments.seed, arguments.assets), Painter(arguments.seed)
    worker = [arguments.worker, "--pack", arguments.pack]
    for number in range(arguments.shards):
        start, first = time.monotonic(), number * arguments.per_shard
        shard = make_shard(generator, painter, worker, arguments.seed, list(range(first, first + arguments.per_shard)))
        path = save(arguments.out, arguments.seed, number, shard)
        print(f"{path.name}: {len(shard['seen'])} sketches in {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
