"""Renders triplets: a person, the same person in another garment, and that garment's packshot.

    python make_pairs.py ASSETS.zip OUT_DIR --seed 980 --count 48

Each is a folder: `person.png`, `garment.png` (the packshot), `truth.png` (the person in it), and `truth.npz` with what is true
of these pictures: parts (renderer.labels.PARTS) and joints of both pictures of the person, `pieces` of the packshot
(packshots.labels.PARTS), `coverage` (bytes) of the new garment in the true picture, `whole` where it would be seen if nothing
were before it, `in_front` where hair, face or arms are, and `places`, the pixel of the packshot that each pixel of the cloth is.
The same seed gives the same bytes on the same machine.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from renderer.pairs import CATEGORIES, Triplet, draw_pair, render_pair
from renderer.sampler import Gen

#: People and textures to draw from.
POOL = 64


def names(count: int) -> list[str]:
    """Names of the first so many triplets: the kinds of garments in turn."""
    kinds = list(CATEGORIES)
    return [f"{kinds[number % len(kinds)]}-{number:03}" for number in range(count)]


def triplets(assets: Path, seed: int, numbers: list[int]) -> Iterator[Triplet]:
    """Triplets of these numbers. Another `seed` gives other people and cloth."""
    if not numbers:
        return
    generator, kinds = Gen(POOL, seed, assets), list(CATEGORIES)
    for number in numbers:
        yield render_pair(generator, draw_pair(generator, 1000 * seed + number, kinds[number % len(kinds)]))


def write(triplet: Triplet, folder: Path) -> None:
    """Writes one into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"person": triplet.before.image, "truth": triplet.after.image, "garment": triplet.shot.image}
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), np.ascontiguousarray(picture[:, :, ::-1]))
    np.savez_compressed(
        folder / "truth.npz",
        person_labels=triplet.before.labels, truth_labels=triplet.after.labels, pieces=triplet.shot.pieces,
        person_keypoints=triplet.before.keypoints, truth_keypoints=triplet.after.keypoints,
        coverage=np.uint8(triplet.coverage * 255 + 0.5), shot_coverage=np.uint8(triplet.shot.coverage * 255 + 0.5),
        whole=triplet.whole, in_front=triplet.in_front, places=triplet.places,
        canonical=triplet.canonical.astype(np.float16), along_arm=triplet.along_arm.astype(np.float16),
    )  # fmt: skip
    pair = triplet.pair
    facts = {"seed": pair.seed, "kind": pair.kind, "category": pair.category, "pose": pair.pose, "tone": pair.tone}
    (folder / "facts.json").write_text(json.dumps(facts) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=48)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    numbers = list(range(arguments.count))
    for name, triplet in zip(names(arguments.count), triplets(arguments.assets, arguments.seed, numbers)):
        write(triplet, arguments.out / name)


if __name__ == "__main__":
    main()
