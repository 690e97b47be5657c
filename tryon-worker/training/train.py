"""Trains a network on shards of made pictures, on one CPU thread.

    python train.py person SHARDS_DIR OUT.pt --cpu-seconds 3000

New shards that appear in the directory while training (make_data.py may still be running) are taken in. The last shard
by name of those present at the start is never trained on: it is for looking at progress; evaluate.py uses a shard of
another seed. The learning rate falls on a half cosine over the given CPU or wall-clock time, so the run ends on time
wherever it runs.
"""

import argparse
import importlib
import time
from pathlib import Path

import cv2
import numpy as np
import torch


class Shards:
    """Samples of all shards in a directory, held in memory."""

    def __init__(self, directory: Path, arrays: tuple[str, ...], exclude: set[str]):
        self._directory, self._arrays = directory, arrays
        self._seen = set(exclude)
        self._shards: list[dict] = []
        self._index: list[tuple[int, int]] = []
        self.refresh()

    def __len__(self) -> int:
        return len(self._index)

    def refresh(self) -> None:
        """Loads the shards that have appeared since the last call."""
        for path in sorted(self._directory.glob("*.npz")):
            if path.name in self._seen or path.name.endswith(".tmp.npz"):
                continue
            self._seen.add(path.name)
            with np.load(path) as archive:
                shard = {name: archive[name] for name in self._arrays}
            number = len(self._shards)
            self._shards.append(shard)
            self._index += [(number, i) for i in range(len(shard["image"]))]

    def __getitem__(self, position: int) -> dict:
        shard, i = self._index[position]
        return {name: self._shards[shard][name][i] for name in self._arrays}


class Average:
    """Exponential moving average of a network's state; it is what gets saved."""

    def __init__(self):
        self.state: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def update(self, network: torch.nn.Module, step: int) -> None:
        keep = min(0.996, 1 - 1 / (step + 2))
        for name, value in network.state_dict().items():
            if name not in self.state or not value.dtype.is_floating_point:
                self.state[name] = value.clone()
            else:
                self.state[name].mul_(keep).add_(value, alpha=1 - keep)


def learning_rate(peak: float, step: int, progress: float) -> float:
    """Linear warm-up over 80 steps, then half a cosine down to 1 % over the run."""
    return peak * min(1.0, step / 80 + 0.05) * (0.5 * (1 + np.cos(np.pi * progress)) + 0.01)


class Budget:
    """How much of the run is over: CPU time or wall-clock time, whichever ends first."""

    def __init__(self, cpu_seconds: float, wall_seconds: float):
        self._cpu, self._wall = cpu_seconds, wall_seconds
        self._cpu_start, self._wall_start = time.process_time(), time.monotonic()

    @property
    def cpu_used(self) -> float:
        return time.process_time() - self._cpu_start

    @property
    def progress(self) -> float:
        """0 at the start, 1 or more when the run has to end."""
        return max(self.cpu_used / self._cpu, (time.monotonic() - self._wall_start) / self._wall)


def train(
    task,
    network,
    shards: Shards,
    out: Path,
    budget: Budget,
    peak: float,
    batch_size: int,
    seed: int,
    small_first: float,
) -> None:
    """Runs until the budget is used up, saving the averaged weights every 100 steps.

    For the first `small_first` of the run the pictures have half their height and width: that is a third of the work a
    step, and what is learned there holds for the full size. The task's `collate` must know `shrink` then.
    """
    rng = np.random.default_rng(seed)
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), peak, weight_decay=1e-3)
    average = Average()
    step, recent = 0, []
    while (progress := budget.progress) < 1:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(peak, step, progress)
        samples = [_draw(rng, task, shards) for _ in range(batch_size)]
        batch = task.collate(samples, shrink=2) if progress < small_first else task.collate(samples)
        image = batch["image"].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = network(image)
        terms = task.losses(outputs, batch)
        optimizer.zero_grad()
        sum(terms.values()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        average.update(network, step)
        recent.append([float(term.detach()) for term in terms.values()])
        step += 1
        if step % 25 == 0:
            means = " ".join(f"{name} {value:.3f}" for name, value in zip(terms, np.mean(recent[-25:], 0)))
            print(
                f"step {step} cpu {budget.cpu_used:.0f}s of run {progress:.0%} samples {len(shards)} {means}",
                flush=True,
            )
        if step % 100 == 0:
            torch.save(average.state, out)
            shards.refresh()
    torch.save(average.state, out)
    print(f"done: {step} steps, {budget.cpu_used:.0f} s of CPU", flush=True)


def _draw(rng, task, shards: Shards) -> dict:
    sample = shards[int(rng.integers(len(shards)))]
    other = shards[int(rng.integers(len(shards)))]
    return task.augment(rng, sample, other["image"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=("person", "garment"))
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cpu-seconds", type=float, default=3000)
    parser.add_argument("--wall-seconds", type=float, default=float("inf"))
    parser.add_argument("--resume", type=Path, help="weights to start from")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--small-first", type=float, default=0.0, help="share of the run with half-size pictures (garment)"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    task = importlib.import_module(f"{arguments.network}_task")
    held_out = sorted(path.name for path in arguments.shards.glob("*.npz"))[-1:]
    shards = Shards(arguments.shards, task.ARRAYS, exclude=set(held_out))
    if len(shards) == 0:
        parser.error("needs at least two shards: the last one is held out")
    torch.manual_seed(arguments.seed)
    network = task.Network()
    if arguments.resume:
        network.load_state_dict(torch.load(arguments.resume))
    budget = Budget(arguments.cpu_seconds, arguments.wall_seconds)
    train(
        task,
        network,
        shards,
        arguments.out,
        budget,
        arguments.learning_rate,
        arguments.batch_size,
        arguments.seed,
        arguments.small_first,
    )


if __name__ == "__main__":
    main()
