"""How the settling network is fed and judged."""

import torch
from torch.nn import functional

from augment import Chance
from settling_net import SettlingNet
from sketches import ANSWERS_TURNED, PARTS, STRIDE, SWAPPED, TURNED

Network = SettlingNet
ARRAYS = ("seen", "moves", "known")

#: How much a cell counts where the garment ends, which is what is seen, beside one in its middle.
_EDGE = 4.0


def prepare(chance: Chance, raw: dict[str, torch.Tensor], shrink: int = 1) -> dict[str, torch.Tensor]:
    """Random variants of sketches (arrays of settling_data.py): mirrored, moved, and with parts less surely seen."""
    seen, moves, known = raw["seen"].float(), raw["moves"].float(), raw["known"].float() / 255
    count = len(seen)
    flip = chance.some(count, 0.5)[:, None, None, None]
    seen = torch.where(flip, _mirrored(seen, SWAPPED, TURNED), seen)
    moves = torch.where(flip, _mirrored(moves, (), ANSWERS_TURNED), moves)
    known = torch.where(flip, known.flip(3), known)
    down, right = (STRIDE * chance.whole.randint(-2, 2) for _ in range(2))
    seen = seen.roll((down, right), (2, 3))
    moves, known = (plane.roll((down // STRIDE, right // STRIDE), (2, 3)) for plane in (moves, known))
    spread = chance.uniform(count, 0, 0.12, 1, 1, 1)
    noise = spread * chance.normal(count, 1, PARTS, *seen.shape[2:])
    seen = torch.cat([(seen[:, :PARTS] + noise).clamp(0, 1), seen[:, PARTS:]], 1)
    return {"image": seen, "moves": moves, "known": known}


def _mirrored(planes: torch.Tensor, swapped: tuple[int, ...], turned: tuple[int, ...]) -> torch.Tensor:
    order, sign = list(range(planes.shape[1])), planes.new_ones(planes.shape[1], 1, 1)
    if swapped:
        one, other = swapped
        order[one], order[other] = other, one
    sign[list(turned)] = -1
    return planes[:, order].flip(3) * sign


def losses(answer: torch.Tensor, batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    answer = answer.float()
    off, known = _off(answer, batch["moves"]), batch["known"]
    weight = known * (1 + (_EDGE - 1) * _edge(known))
    total = weight.sum() + 1
    errors = answer[:, 4:]
    doubt = off.detach() / errors + errors.log()
    return {"moves": 10 * (off * weight).sum() / total, "errors": 0.05 * (doubt * weight).sum() / total}


def _edge(known: torch.Tensor) -> torch.Tensor:
    """The outermost cells of the garment: 1, all others 0. Cells beyond it are known by half."""
    cloth = (known > 0.9).float()
    return cloth * (-functional.max_pool2d(-cloth, 3, stride=1, padding=1) <= 0)


def _off(answer: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """N x 2 x rows x columns: how far trunk and limbs are from where they should be."""
    apart = (answer[:, :4] - moves).unflatten(1, (2, 2))
    return (apart.square().sum(2) + 1e-6).sqrt()


@torch.no_grad()
def measure(network: torch.nn.Module, held_out, at_once: int = 50) -> dict[str, float]:
    """How far trunk and limbs are from where they hang, as geometry lays them and as the network corrects it, in thousandths of a
    shoulder width: means over the garment's cells, and over those at its edge."""
    sums = torch.zeros(6, 2, device=held_out.device)
    for numbers in torch.arange(len(held_out), device=held_out.device).split(at_once):
        raw = held_out.pick(numbers)
        moves, known = raw["moves"].float(), raw["known"].float() / 255
        with torch.autocast(held_out.device.type, torch.bfloat16):
            answer = network(raw["seen"].float().contiguous(memory_format=torch.channels_last)).float()
        inside = (known == 1).float()
        edge = _edge(known)
        before, after = _off(torch.zeros_like(answer), moves), _off(answer, moves)
        sums += torch.stack([
            (plane * mask).sum((0, 2, 3)) for mask in (inside, edge) for plane in (before, after, torch.ones_like(after))
        ])  # fmt: skip
    before, after, cells, edge_before, edge_after, edges = sums.cpu()
    return {
        f"{piece} {name}": round(float(1000 * value[i] / count[i]), 1)
        for i, piece in enumerate(("trunk", "limbs"))
        for name, value, count in (
            ("before", before, cells), ("after", after, cells), ("edge before", edge_before, edges), ("edge after", edge_after, edges),
        )
        if count[i]
    }  # fmt: skip
