"""Made pictures in the memory of the device that trains on them."""

from pathlib import Path

import numpy as np
import torch

from augment import Chance


class Samples:
    """The samples of all shards in a directory. Whoever makes shards may still be adding to it."""

    def __init__(self, directory: Path, arrays: tuple[str, ...], device: torch.device):
        self._directory, self._names, self.device = directory, arrays, device
        self._arrays: dict[str, torch.Tensor] = {}
        self.shards: list[str] = []
        self.count = 0
        self.refresh()

    def __len__(self) -> int:
        return self.count

    def refresh(self) -> None:
        """Takes in the shards that have appeared since the last call."""
        for path in sorted(self._directory.glob("*.npz")):
            if path.stem in self.shards or path.name.endswith(".tmp.npz"):
                continue
            with np.load(path) as archive:
                self._add({name: torch.from_numpy(archive[name]) for name in self._names})
            self.shards.append(path.stem)

    def _add(self, arrays: dict[str, torch.Tensor]) -> None:
        more = len(arrays[self._names[0]])
        for name, values in arrays.items():
            kept = self._arrays.get(name)
            if kept is None or self.count + more > len(kept):
                # Room for half as much again, so that a growing set is not copied for every shard.
                room = max(2 * more, (self.count + more) * 3 // 2)
                self._arrays[name] = torch.empty((room, *values.shape[1:]), dtype=values.dtype, device=self.device)
                if kept is not None:
                    self._arrays[name][: self.count] = kept[: self.count]
            self._arrays[name][self.count : self.count + more] = values.to(self.device)
        self.count += more

    def draw(self, chance: Chance, count: int) -> dict[str, torch.Tensor]:
        """`count` random samples."""
        return self.pick(chance.choice(count, self.count))

    def pick(self, index: torch.Tensor) -> dict[str, torch.Tensor]:
        """The samples of those numbers."""
        return {name: values[index] for name, values in self._arrays.items()}
