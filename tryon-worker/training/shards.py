"""Shards of made pictures on disk."""

from pathlib import Path

import numpy as np


def save(directory: Path, seed: int, number: int, arrays: dict[str, np.ndarray]) -> Path:
    """Writes one shard, at once for whoever looks for shards meanwhile; its name tells the seed."""
    path = directory / f"s{seed}_{number:03d}.npz"
    partial = path.with_suffix(".tmp.npz")
    np.savez(partial, **arrays)
    partial.rename(path)
    return path
