"""Makes shards of sketches: garments on rendered people as the engine's geometry lays them, and how far they hang from there.

    python settling_data.py ASSETS.zip OUT_DIR --worker drape-tryon-worker --pack ../models/drape-2026.2 --seed 1 --shards 4

A shard is an uncompressed .npz: `seen` Nx25x160x96 (half floats) is what the engine's sketches show, `moves` Nx4x80x48 (half floats,
in shoulder widths) says how far right and down the trunk's and the limbs' cloth of each cell hangs from there in the true picture, and
`known` Nx2x80x48 (bytes) where that is known. Garments are packshots on an invisible body of the triplets (`renderer.pairs`), whose truth is
the rendered person in them; and flat ones, painted, of which nothing is known better than what geometry says: they do not move.

What takes time is to render a person and a packshot, and to look at both. So a few people are drawn who try on a garment of one kind,
and each of them is sketched in everybody's.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from packshots.labels import KEYPOINTS, PARTS
from packshots.sampler import Gen as Painter
from renderer.body import BodyModel
from renderer.garments import Garment
from renderer.ghost import finest, shop_picture
from renderer.pairs import CATEGORIES, Pair, draw_pair
from renderer.render import Render, render, surface
from renderer.sampler import Gen
from shards import save
from sketches import INPUT_SHAPE, STRIDE

#: Rows and columns of a person's picture and of a packshot: half of what is measured on.
PERSON_SIZE, SHOT_SIZE = (512, 384), (625, 500)
#: People, textures and flat garments to draw from.
POOL = 64
#: People who try on each other's garments.
GROUP = 3
#: How many of each group also try on a flat garment, one for all.
FLAT = 2
#: Points of the cloth are the same that are less than this apart on its surface in rest pose, in decimetres.
TOLERANCE = 0.12
#: Neighbouring pixels show cloth of two places if it is farther apart than this, in decimetres: one lies before the other.
APART = 0.8
#: An outline is nearest by what is seen, in decimetres, and by so much of how far its cloth is apart.
BY_CLOTH = 0.4
#: Farther than this, in shoulder widths, no outline is that of a cell.
OUTLINE_WITHIN = 0.2
#: How much more the cells of an outline count than their neighbours in the mean of a coarser cell.
OUTLINE_WEIGHT = 4.0
#: Cells beyond the garment's edge that move as its nearest cell does.
BEYOND = 3.0
#: Decimetres between shoulders.
SHOULDERS = 3.6


@dataclass
class Truth:
    """Where a garment hangs: rest-pose positions of its outer side and where a picture of the person alone shows them (x, y), those of
    them that are its outline, or that of a sleeve before it, and those of each pixel of its packshot (H x W x 3, not a number where there is none)."""

    worn: np.ndarray
    places: np.ndarray
    outline: np.ndarray
    shot: np.ndarray


def draw_group(generator: Gen, seed: int, kind: str) -> list[Pair]:
    """People of one sex, each with a garment of one kind that they try on."""
    group, tried = [], 0
    while len(group) < GROUP:
        pair = draw_pair(generator, 1000 * seed + tried, kind)
        tried += 1
        if not group or pair.male == group[0].male:
            group.append(pair)
    return group


def new_garments(pair: Pair) -> list[Garment]:
    """What is tried on."""
    return pair.after.garments[pair.kept :]


def shot_of(model: BodyModel, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """The packshot of what a pair tries on, and the rest-pose position of its outer side, not a number where there is none."""
    shot = shop_picture(model, new_garments(pair), pair.male, pair.seed, SHOT_SIZE)
    seen = (finest(shot.worn, shot) >= 0) & finest(shot.outer, shot)
    return shot.image, np.where(seen[..., None], shot.canonical, np.nan)


def worn_by(model: BodyModel, pair: Pair, before: Render, garments: list[Garment], shot: np.ndarray) -> Truth:
    """Where garments hang on the person of a pair, whose picture without them is `before`; `shot` is what their packshot shows."""
    scene = replace(pair.before, garments=pair.before.garments[: pair.kept] + garments, ghost=True)
    alone = surface(model, scene, *PERSON_SIZE, before)
    own = (alone.worn >= pair.kept) & alone.outer
    rows, columns = np.nonzero(own)
    return Truth(
        worn=alone.canonical[own],
        places=np.stack([columns, rows], 1) + 0.5,
        outline=outlined(own, alone.canonical)[own],
        shot=shot,
    )


def outlined(own: np.ndarray, canonical: np.ndarray) -> np.ndarray:
    """The pixels of cloth that touch what is none, or cloth of elsewhere."""
    out = np.zeros(own.shape, bool)
    cloth = np.where(own[..., None], canonical, np.inf)
    for axis in (0, 1):
        here, there = (cloth.take(range(first, first + own.shape[axis] - 1), axis) for first in (0, 1))
        with np.errstate(invalid="ignore"):
            ends = ~(np.linalg.norm(here - there, axis=2) < APART)
        before, after = (np.index_exp[:-1], np.index_exp[1:]) if axis == 0 else (np.index_exp[:, :-1], np.index_exp[:, 1:])
        out[before] |= ends
        out[after] |= ends
    # Where the picture ends, nothing is known to end.
    out[[0, -1]], out[:, [0, -1]] = False, False
    return out & own


def flat(painter: Painter, rng, bottoms: bool) -> np.ndarray:
    """A painted packshot of a top or a dress, or of a bottom, at twice its size."""
    legs, sleeves = PARTS.index("left_leg"), PARTS.index("left_sleeve")
    while True:
        shot = painter.sample(rng, views=1)[0]
        upper = shot.keypoints[KEYPOINTS.index("armpit_left"), 2] > 0
        if upper != bottoms and ((shot.labels == legs).any() <= bottoms) and ((shot.labels == sleeves).any() <= upper):
            return cv2.resize(shot.image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def moves_of(places: np.ndarray, cover: np.ndarray, window: np.ndarray, truth: Truth | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far the cloth of each cell hangs from there (2 x rows x columns, shoulder widths), where that is known, and which of these cells
    are the garment's outline: that comes to lie on the true one, whichever cloth is seen there."""
    rows, columns = cover.shape
    left, top, width, height, unit = window
    here = np.isfinite(places[0]) & (cover > 0.5)
    moves, known, ends = np.zeros((2, rows, columns), np.float32), np.zeros((rows, columns), bool), np.zeros((rows, columns), bool)
    if truth is None:
        return moves, here, ends
    cloth = _at(truth.shot, places)
    sound = here & np.isfinite(cloth[..., 0])
    if not sound.any() or not len(truth.worn):
        return moves, known, ends
    laid = np.stack([left + (np.arange(columns) + 0.5)[None] * width / columns + np.zeros((rows, 1)),
                     top + (np.arange(rows) + 0.5)[:, None] * height / rows + np.zeros((1, columns))])  # fmt: skip
    distance, nearest = cKDTree(truth.worn).query(cloth[sound], distance_upper_bound=TOLERANCE)
    known[sound] = np.isfinite(distance)
    moves[:, known] = truth.places[nearest[np.isfinite(distance)]].T - laid[:, known]
    known &= np.abs(moves).max(0) < 1.5 * unit
    if not known.any():
        return moves * 0, known, ends
    moves = filled(moves, known)
    ends = sound & _touches(np.isfinite(places[0]) & ~np.isfinite(cloth[..., 0]))
    at, near = _on_the_outline(truth, (laid + moves)[:, ends].T, cloth[ends], unit)
    ends[ends] = near
    moves[:, ends] = at[near].T - laid[:, ends]
    return filled(moves, known | ends) / unit * here, here, ends


def _on_the_outline(truth: Truth, guess: np.ndarray, cloth: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """The place on the true outline for each of these ends of cloth, which would be about at `guess`, and whether it is near enough."""
    scale, places = SHOULDERS / unit, truth.places[truth.outline]
    outline = cKDTree(np.concatenate([places * scale, truth.worn[truth.outline] * BY_CLOTH], 1))
    _, nearest = outline.query(np.concatenate([guess * scale, cloth * BY_CLOTH], 1))
    at = places[nearest.clip(0, len(places) - 1)]
    return at, np.linalg.norm(at - guess, axis=1) < OUTLINE_WITHIN * unit


def _at(shot: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What a packshot shows at places (2 x rows x columns); not a number outside of it."""
    column, row = np.nan_to_num(places, nan=-1).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < shot.shape[1]) & (row < shot.shape[0])
    return np.where(inside[..., None], shot[row.clip(0, shot.shape[0] - 1), column.clip(0, shot.shape[1] - 1)], np.nan)


def _touches(mask: np.ndarray) -> np.ndarray:
    """The cells beside those of a mask."""
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > 0


def filled(planes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Planes that go on smoothly from where they are known."""
    weight, told = known.astype(np.float32), planes * known
    everywhere = told.sum((1, 2), keepdims=True) / max(weight.sum(), 1)
    out, spread = np.zeros_like(planes) + everywhere, known.shape[0] / 2
    while spread > 0.5:
        share = cv2.GaussianBlur(weight, (0, 0), spread, borderType=cv2.BORDER_CONSTANT)
        means = np.stack([cv2.GaussianBlur(plane, (0, 0), spread, borderType=cv2.BORDER_CONSTANT) for plane in told]) / np.maximum(share, 1e-6)
        out += (means - out) * np.minimum(8 * share, 1)
        spread /= 2
    return np.where(known, planes, out)


def coarse(moves: np.ndarray, known: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both at the size of the answer, and a little beyond the garment's edge."""
    rows, columns = (n // STRIDE for n in known.shape)

    def blocks(planes: np.ndarray) -> np.ndarray:
        return planes.reshape(*planes.shape[:-2], rows, STRIDE, columns, STRIDE).sum((-3, -1))

    weight = known * np.where(ends, OUTLINE_WEIGHT, 1).astype(np.float32)
    count = blocks(weight)
    small = blocks(moves * weight) / np.maximum(count, 1e-6)
    if not count.any():
        return small, np.zeros((rows, columns), np.uint8)
    away, nearest = distance_transform_edt(count == 0, return_indices=True)
    near = away <= BEYOND
    return np.where(near, small[:, nearest[0], nearest[1]], 0), np.where(count > 0, 255, np.where(near, 128, 0)).astype(np.uint8)


@dataclass
class Case:
    """A sketch that the engine is to make: its pictures' names in a folder, and the truth of it; none of a flat garment."""

    name: str
    person: str
    garment: str
    category: str
    truth: Truth | None

    def line(self) -> str:
        """As the worker reads it."""
        return json.dumps({"name": self.name, "person": self.person, "garment": self.garment, "category": self.category})


def cases_of(generator: Gen, painter: Painter, seed: int, kind: str, folder: Path) -> Iterator[Case]:
    """A group's sketches; writes their pictures."""

    def write(name: str, image: np.ndarray) -> str:
        cv2.imwrite(str(folder / f"{name}.png"), np.ascontiguousarray(image[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return f"{name}.png"

    group, category = draw_group(generator, seed, kind), CATEGORIES[kind]
    people = [render(generator.model, pair.before, *PERSON_SIZE) for pair in group]
    photos = [write(f"{seed}-person-{i}", before.image) for i, before in enumerate(people)]
    for g, tried in enumerate(group):
        image, shot = shot_of(generator.model, tried)
        garment = write(f"{seed}-garment-{g}", image)
        for p, (pair, before) in enumerate(zip(group, people)):
            truth = worn_by(generator.model, pair, before, new_garments(tried), shot)
            yield Case(f"{seed}-{p}-{g}", photos[p], garment, category, truth)
    garment = write(f"{seed}-flat", flat(painter, np.random.default_rng([seed, len("flat")]), category == "bottoms"))
    for p, photo in enumerate(photos[:FLAT]):
        yield Case(f"{seed}-{p}-flat", photo, garment, category, None)


def make_shard(generator: Gen, painter: Painter, worker: list[str], seed: int, groups: range) -> dict[str, np.ndarray]:
    """Sketches of the groups of these numbers, as far as the engine does not refuse them."""
    kinds = list(CATEGORIES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = [
            case for number in groups for case in cases_of(generator, painter, 1000 * seed + number, kinds[number % len(kinds)], folder)
        ]
        (folder / "list.jsonl").write_text("\n".join(case.line() for case in cases) + "\n")
        command = [*worker, "sketch", "--list", str(folder / "list.jsonl"), "--out", str(folder)]
        answers = map(json.loads, subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines())
        samples = [_sample(folder, answer, case.truth) for case, answer in zip(cases, answers) if answer["window"]]
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
    parser.add_argument("--groups", type=int, default=4, help="of each shard; nine sketches each, and two of flat garments")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator, painter = Gen(POOL, arguments.seed, arguments.assets), Painter(arguments.seed)
    worker = [arguments.worker, "--pack", arguments.pack]
    for number in range(arguments.shards):
        start, first = time.monotonic(), number * arguments.groups
        shard = make_shard(generator, painter, worker, arguments.seed, range(first, first + arguments.groups))
        path = save(arguments.out, arguments.seed, number, shard)
        print(f"{path.name}: {len(shard['seen'])} sketches in {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
