"""Trains a network on shards of made pictures, on a GPU or on one CPU thread.

    python train.py person SHARDS_DIR OUT.pt --held-out HELD_OUT_DIR --wall-seconds 3000

New shards that appear in the directory while training (make_data.py may still be running) are taken in; with none there
yet it waits for the first. Pictures are varied on the device that trains, see augment.py. The learning rate falls on a half
cosine over the given wall-clock or CPU time, so the run ends on time wherever it runs. Weights are saved on the way; beside
them goes a record of the run (OUT.json): how it was started, and its losses and held-out figures over time.
"""

import argparse
import importlib
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from augment import Chance
from samples import Samples


class Average:
    """Exponential moving average of a network's state; it is what gets saved."""

    def __init__(self, network: torch.nn.Module):
        self.state = {name: value.clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: torch.nn.Module, step: int) -> None:
        """Over the last tenth of the steps so far, at most a thousand."""
        share = max(0.001, 1 / (0.1 * step + 2))
        now = network.state_dict()
        smooth = [name for name, value in now.items() if value.dtype.is_floating_point]
        torch._foreach_lerp_([self.state[name] for name in smooth], [now[name] for name in smooth], share)
        for name in now.keys() - set(smooth):
            self.state[name].copy_(now[name])


def learning_rate(peak: float, step: int, progress: float) -> float:
    """Linear warm-up over 100 steps, then half a cosine down to 1 % over the run."""
    return peak * min(1.0, step / 100 + 0.05) * (0.5 * (1 + np.cos(np.pi * min(1.0, progress))) + 0.01)


class Budget:
    """How much of the run is over: CPU time or wall-clock time, whichever ends first."""

    def __init__(self, cpu_seconds: float, wall_seconds: float):
        self._cpu, self._wall = cpu_seconds, wall_seconds
        self._cpu_start, self._wall_start = time.process_time(), time.monotonic()

    @property
    def cpu_used(self) -> float:
        return time.process_time() - self._cpu_start

    @property
    def wall_used(self) -> float:
        return time.monotonic() - self._wall_start

    @property
    def progress(self) -> float:
        """0 at the start, 1 or more when the run has to end."""
        return max(self.cpu_used / self._cpu, self.wall_used / self._wall)


@dataclass
class Run:
    """One training run. `report_seconds` is the time between lines of progress, `measure_seconds` that between looks at
    the held-out pictures; weights and record are saved with each of those."""

    arguments: argparse.Namespace
    device: torch.device
    samples: Samples
    held_out: Samples | None
    budget: Budget
    report_seconds: float = 5.0
    curve: list[dict] = field(default_factory=list)

    def __post_init__(self):
        self._task = importlib.import_module(f"{self.arguments.network}_task")
        self._chance = Chance(self.device, self.arguments.seed)
        self.network = self._task.Network().to(self.device, memory_format=torch.channels_last)
        if self.arguments.resume:
            self.network.load_state_dict(torch.load(self.arguments.resume, map_location=self.device))
        self._average = Average(self.network)
        self.step = 0

    def train(self) -> None:
        """Runs until the budget is used up.

        For the first `small_first` of the run the pictures have half their height and width: that is a third of the work
        a step on a CPU, and what is learned there holds for the full size.
        """
        arguments = self.arguments
        fused = {"fused": True} if self.device.type == "cuda" else {}
        optimizer = torch.optim.AdamW(self.network.parameters(), arguments.learning_rate, weight_decay=1e-3, **fused)
        recent, reported, measured = [], 0.0, 0.0
        self.network.train()
        while (progress := self.budget.progress) < 1:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(arguments.learning_rate, self.step, progress)
            terms = self._take_step(optimizer, 2 if progress < arguments.small_first else 1)
            recent.append(torch.stack([term.detach() for term in terms.values()]))
            if self.budget.wall_used - reported > self.report_seconds:
                means = torch.stack(recent).mean(0).tolist()
                self._report(dict(zip(terms, means)), optimizer.param_groups[0]["lr"])
                recent, reported = [], self.budget.wall_used
                self.samples.refresh()
            if self.budget.wall_used - measured > arguments.measure_seconds:
                self.save()
                measured = self.budget.wall_used
        self.save()

    def _take_step(self, optimizer, shrink: int) -> dict[str, torch.Tensor]:
        with torch.no_grad():
            raw = self.samples.draw(self._chance, self.arguments.batch_size)
            batch = self._task.prepare(self._chance, raw, shrink)
            image = batch["image"].contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=not self.arguments.float32):
            outputs = self.network(image)
        terms = self._task.losses(outputs, batch)
        optimizer.zero_grad()
        sum(terms.values()).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        optimizer.step()
        self._average.update(self.network, self.step)
        self.step += 1
        return terms

    def _report(self, means: dict[str, float], rate: float) -> None:
        self.curve.append(
            {
                "seconds": round(self.budget.wall_used),
                "step": self.step,
                "pictures": len(self.samples),
                "learning_rate": float(f"{rate:.3g}"),
                **{name: round(value, 4) for name, value in means.items()},
            }
        )
        print(" ".join(f"{name} {value}" for name, value in self.curve[-1].items()), flush=True)

    def save(self) -> None:
        """Writes the averaged weights, the held-out figures and the record."""
        out: Path = self.arguments.out
        torch.save({name: value.cpu() for name, value in self._average.state.items()}, out)
        if self.held_out is not None:
            self.held_out.refresh()
        if self.held_out:
            figures = self._measure()
            self.curve.append({"seconds": round(self.budget.wall_used), "step": self.step, "held_out": figures})
            print(f"step {self.step} held out:", figures, flush=True)
        out.with_suffix(".json").write_text(as_text(self._record()))

    def _record(self) -> dict:
        """How this run was started and went; with that of the run it resumes, if there is one."""
        arguments = self.arguments
        earlier = arguments.resume and arguments.resume.with_suffix(".json")
        return {
            "network": arguments.network,
            "seed": arguments.seed,
            "device": torch.cuda.get_device_name() if self.device.type == "cuda" else "cpu, one thread",
            "torch": torch.__version__,
            "resumes": json.loads(earlier.read_text()) if earlier and earlier.exists() else None,
            "wall_seconds": round(self.budget.wall_used),
            "cpu_seconds": round(self.budget.cpu_used),
            "steps": self.step,
            "batch_size": arguments.batch_size,
            "peak_learning_rate": arguments.learning_rate,
            "pictures": len(self.samples),
            "seeds": seeds_of(self.samples),
            "held_out_pictures": len(self.held_out) if self.held_out else 0,
            "held_out_seeds": seeds_of(self.held_out) if self.held_out else [],
            "curve": self.curve,
        }

    def _measure(self) -> dict[str, float]:
        """The averaged network's figures on the held-out pictures."""
        network = self._task.Network().to(self.device, memory_format=torch.channels_last)
        network.load_state_dict(self._average.state)
        return self._task.measure(network.eval(), self.held_out)


def seeds_of(samples: Samples) -> list[int]:
    """The seeds in the names of the shards (`s101_000`)."""
    return sorted({int(name.split("_")[0].removeprefix("s")) for name in samples.shards})


def as_text(record: dict) -> str:
    """JSON with a line per entry, and a line per point of the curve."""
    text = json.dumps(record, indent=1)
    return re.sub(r"\{[^{}\[\]]*\}|\[[^{}\[\]]*\]", lambda flat: re.sub(r"\s*\n\s*", " ", flat[0]), text) + "\n"


def wait_for_first(samples: Samples, seconds: float) -> None:
    """Returns as soon as there is a shard, or exits."""
    deadline = time.monotonic() + seconds
    while len(samples) == 0:
        if time.monotonic() > deadline:
            raise SystemExit("there is no shard to train on")
        time.sleep(0.5)
        samples.refresh()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=("person", "garment", "settling", "harmoniser"))
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--held-out", type=Path, help="directory of shards of another seed, never trained on")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--cpu-seconds", type=float, default=float("inf"))
    parser.add_argument("--wall-seconds", type=float, default=3000)
    parser.add_argument("--measure-seconds", type=float, default=60)
    parser.add_argument("--wait-seconds", type=float, default=120, help="how long to wait for the first shard")
    parser.add_argument("--resume", type=Path, help="weights to start from")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--float32", action="store_true", help="for processors that have no instructions for bf16")
    parser.add_argument("--small-first", type=float, default=0.0, help="share of the run with half-size pictures")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    budget = Budget(arguments.cpu_seconds, arguments.wall_seconds)
    name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name if arguments.device == "auto" else arguments.device)
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(arguments.seed)
    arrays = importlib.import_module(f"{arguments.network}_task").ARRAYS
    held_out = Samples(arguments.held_out, arrays, device) if arguments.held_out else None
    samples = Samples(arguments.shards, arrays, device)
    wait_for_first(samples, arguments.wait_seconds)
    run = Run(arguments, device, samples, held_out, budget)
    run.train()
    print(f"done: {run.step} steps, {budget.wall_used:.0f} s, {budget.cpu_used:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
