"""Makes shards of glimpses: garments as their packshots show them on rendered people, and how much lighter they are in the true picture.

    python harmoniser_data.py ASSETS.zip OUT_DIR --seed 1 --shards 4

A shard is an uncompressed .npz of bytes and half floats (`glimpses.py` has the planes): `photo` Nx3x96x64, `parts` Nx8x96x64, `cloth`
Nx4x96x64; and at half of that `gain` Nx48x32, the logarithm of the cloth's luminance in the true picture over that in its packshot,
`light` Nx48x32, the luminance in the true picture (linear, 0 to 1), and `known` Nx48x32, the share of each cell of which that is known.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import glimpses
from renderer.ghost import correspondence, packshot
from renderer.labels import KEYPOINTS, PARTS
from renderer.pairs import CATEGORIES, Pair, draw_pair
from renderer.render import Render, render
from renderer.sampler import Gen, draw_backdrop
from renderer.textures import LINEAR
from shards import save

#: Rows and columns of a person's picture and of a packshot: a quarter of what is measured on.
PERSON_SIZE, SHOT_SIZE = (256, 192), (320, 256)
#: People and textures to draw from.
POOL = 64
#: Samples of a picture in each cell of a glimpse, across and down.
FINE = 3
#: Cloth darker than this (linear) says nothing of light.
DARKEST = 0.004


def vary_light(rng, pair: Pair) -> Pair:
    """Half of the pairs in light and before backdrops of all kinds, not only those that are measured."""
    if rng.random() < 0.5:
        return pair
    scene = pair.before
    light = replace(scene.light, exposure=rng.uniform(0.45, 1.0), colourfulness=rng.uniform(0, 0.5))
    backdrop = draw_backdrop(rng) if rng.random() < 0.6 else scene.backdrop
    return replace(pair, **{
        name: replace(getattr(pair, name), light=light, backdrop=backdrop) for name in ("before", "after")
    })  # fmt: skip


def unlit(after: Render, shot: Render, image: np.ndarray, new: dict[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The new garment as its packshot shows it, at each pixel of the wearer (H x W x 3, bytes), where that is known, and its share.

    Cloth that the packshot does not show has the colour of what is around it."""
    places = correspondence(after, new, shot, 0.15)
    share = after.coverage(list(new))
    known = np.isfinite(places[..., 0]) & (share > 0.9)
    column, row = (np.nan_to_num(places[..., k]).astype(int) for k in (0, 1))
    own = np.where(known[..., None], image[row.clip(0, image.shape[0] - 1), column.clip(0, image.shape[1] - 1)], 0).astype(np.float32)
    spread = [cv2.GaussianBlur(plane, (0, 0), 6) for plane in (own, known.astype(np.float32))]
    around = spread[0] / np.maximum(spread[1], 1e-3)[..., None]
    anything = own.sum((0, 1)) / max(known.sum(), 1)
    around = np.where((spread[1] > 0.02)[..., None], around, anything)
    return np.where(known[..., None], own, around), known, share


def glimpse(before: Render, after: Render, own: np.ndarray, known: np.ndarray, share: np.ndarray, window) -> dict[str, np.ndarray]:
    """The arrays of one glimpse."""
    _, rows, columns = glimpses.INPUT_SHAPE
    left, top, width, height = window
    x = left + (np.arange(columns * FINE) + 0.5) * width / (columns * FINE) - 0.5
    y = top + (np.arange(rows * FINE) + 0.5) * height / (rows * FINE) - 0.5
    maps = [grid.astype(np.float32) for grid in np.meshgrid(x, y)]

    def cells(plane: np.ndarray, step: int = FINE, border=cv2.BORDER_CONSTANT) -> np.ndarray:
        fine = cv2.remap(plane.astype(np.float32), *maps, cv2.INTER_LINEAR, borderMode=border)
        shape = (rows * FINE // step, step, columns * FINE // step, step, -1)
        return np.moveaxis(fine.reshape(shape).mean((1, 3)), 2, 0)

    labels = [np.isin(before.labels, [PARTS.index(name) for name in names]) for names in glimpses.PARTS]
    cloth = np.concatenate([share[..., None] * 255, own * share[..., None]], 2)
    lit, plain = (LINEAR[image.astype(np.uint8)] @ glimpses.LUMINANCE for image in (after.image, own))
    sure = known & (plain > DARKEST)
    answer = FINE * glimpses.STRIDE
    sums = [cells(plane, answer)[0] for plane in (np.where(sure, lit, 0), np.where(sure, plain, 0), sure.astype(np.float32))]
    there = sums[2] > 0.05
    light, plain = (np.where(there, total / np.maximum(sums[2], 1e-6), 1) for total in sums[:2])
    return {
        "photo": (cells(before.image, border=cv2.BORDER_REPLICATE) + 0.5).astype(np.uint8),
        "parts": (np.concatenate([cells(plane * 255.0) for plane in labels]) + 0.5).astype(np.uint8),
        "cloth": (cells(cloth) + 0.5).astype(np.uint8),
        "gain": np.log(np.maximum(light, 1e-3) / plain).astype(np.float16),
        "light": np.where(there, light, 0).astype(np.float16),
        "known": np.where(there, sums[2] * 255, 0).astype(np.uint8),
    }


def make(generator: Gen, number: int, seed: int) -> dict[str, np.ndarray]:
    """The glimpse of one pair."""
    kinds, rng = list(CATEGORIES), np.random.default_rng([seed, number, len("harmoniser")])
    pair = vary_light(rng, draw_pair(generator, 1000 * seed + number, kinds[number % len(kinds)]))
    before = render(generator.model, pair.before, *PERSON_SIZE)
    after = render(generator.model, pair.after, *PERSON_SIZE, view=before.view)
    shot = packshot(generator.model, pair.after.garments[pair.kept :], pair.male, pair.seed, SHOT_SIZE)
    new = {worn: worn - pair.kept for worn in range(pair.kept, len(pair.after.garments))}
    points = {name: before.keypoints[KEYPOINTS.index(name), :2] for name in ("neck", "left_shoulder", "right_shoulder")}
    unit = float(np.hypot(*(points["left_shoulder"] - points["right_shoulder"]))) * rng.uniform(0.92, 1.08)
    neck = points["neck"] + rng.normal(0, 0.04, 2) * unit
    return glimpse(before, after, *unlit(after, shot.render, shot.image, new), glimpses.window(neck, unit))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--per-shard", type=int, default=48)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator = Gen(POOL, arguments.seed, arguments.assets)
    for shard in range(arguments.shards):
        start, first = time.monotonic(), shard * arguments.per_shard
        made = [make(generator, number, arguments.seed) for number in range(first, first + arguments.per_shard)]
        path = save(arguments.out, arguments.seed, shard, {name: np.stack([one[name] for one in made]) for name in made[0]})
        print(f"{path.name}: {len(made)} glimpses in {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
