"""Renders shards of labelled people.

    python make_data.py ASSETS.zip OUT_DIR --seed 101 --shards 24

One process per core, each with a seed of its own (people and textures differ by seed). A shard is an uncompressed .npz:
`image` Nx256x192x3 and `labels` Nx256x192 (bytes), `canonical` Nx128x96x3 (rest-pose position on the body, scaled to
bytes), `keypoints` Nx16x3 (x, y, inside the picture), `tone` N (index into renderer.labels.TONES).
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from renderer.render import Render
from renderer.sampler import Gen
from shards import save

HEIGHT, WIDTH = 256, 192
#: Pictures that show less of the person than this are thrown away.
LEAST_PERSON = 0.04
#: Origin and extent, in decimetres, of the box that canonical coordinates are scaled from.
_BOX_ORIGIN, _BOX_SIZE = np.array([-6, -9, -2.5]), np.array([12, 18, 5])


def canonical_bytes(canonical: np.ndarray) -> np.ndarray:
    """Rest-pose positions at half size, scaled to bytes."""
    half = canonical[1::2, 1::2]
    return np.clip((half - _BOX_ORIGIN) / _BOX_SIZE * 255, 0, 255).astype(np.uint8)


def make_shard(generator: Gen, rng, count: int) -> dict[str, np.ndarray]:
    """`count` random pictures."""
    renders: list[Render] = []
    while len(renders) < count:
        sample = generator.sample(rng, HEIGHT, WIDTH)
        if (sample.labels > 0).mean() >= LEAST_PERSON:
            renders.append(sample)
    return {
        "image": np.stack([r.image for r in renders]),
        "labels": np.stack([r.labels for r in renders]),
        "canonical": np.stack([canonical_bytes(r.canonical) for r in renders]),
        "keypoints": np.stack([r.keypoints for r in renders]),
        "tone": np.array([r.tone for r in renders], np.uint8),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shards", type=int, default=24)
    parser.add_argument("--per-shard", type=int, default=250)
    parser.add_argument("--people", type=int, default=160, help="size of the pool of people and textures")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator = Gen(arguments.people, arguments.seed, arguments.assets)
    for number in range(arguments.shards):
        start = time.monotonic()
        shard = make_shard(generator, np.random.default_rng([arguments.seed, number]), arguments.per_shard)
        path = save(arguments.out, arguments.seed, number, shard)
        print(f"{path.name}: {arguments.per_shard / (time.monotonic() - start):.1f} pictures a second", flush=True)


if __name__ == "__main__":
    main()
