"""Paints shards of labelled packshots.

    python garment_data.py OUT_DIR --seed 301 --shards 40

A shard is an uncompressed .npz: `image` Nx256x192x3 and `labels` Nx256x192 (bytes), `keypoints` Nx19x3 (x, y, inside the
picture). Two pictures in a row show the same garment, staged differently.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from packshots.sampler import Gen, Packshot
from shards import save

#: Pictures that show less of a garment than this are thrown away.
LEAST_GARMENT = 0.04


def make_shard(generator: Gen, rng, count: int) -> dict[str, np.ndarray]:
    """`count` random pictures."""
    shots: list[Packshot] = []
    while len(shots) < count:
        shots += [shot for shot in generator.sample(rng) if (shot.labels > 0).mean() >= LEAST_GARMENT]
    shots = shots[:count]
    return {
        "image": np.stack([s.image for s in shots]),
        "labels": np.stack([s.labels for s in shots]),
        "keypoints": np.stack([s.keypoints for s in shots]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--per-shard", type=int, default=250)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    generator = Gen(arguments.seed)
    for number in range(arguments.shards):
        start = time.monotonic()
        shard = make_shard(generator, np.random.default_rng([arguments.seed, number]), arguments.per_shard)
        path = save(arguments.out, arguments.seed, number, shard)
        print(f"{path.name}: {arguments.per_shard / (time.monotonic() - start):.1f} pictures a second", flush=True)


if __name__ == "__main__":
    main()
