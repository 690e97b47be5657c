"""How the harmoniser is fed and judged."""

import torch

from augment import Chance
from glimpses import STRIDE
from harmoniser_net import HarmoniserNet

Network = HarmoniserNet
ARRAYS = ("photo", "parts", "cloth", "gain", "light", "known")

#: What a difference in light looks like grows with the cube root of light (CIELAB's L*); in the dark something counts all the same.
_DARK = 0.15


def prepare(chance: Chance, raw: dict[str, torch.Tensor], shrink: int = 1) -> dict[str, torch.Tensor]:
    """Random variants of glimpses (arrays of harmoniser_data.py): mirrored, moved, exposed longer or shorter, less surely seen."""
    photo, parts, cloth = (raw[name].float() / 255 for name in ("photo", "parts", "cloth"))
    gain, light, known = raw["gain"].float()[:, None], raw["light"].float()[:, None], raw["known"].float()[:, None] / 255
    count = len(photo)
    # A photo exposed otherwise shows cloth lighter by as much; and a packshot, darker.
    longer = chance.uniform(count, -0.2, 0.2, 1, 1, 1) * chance.some(count, 0.6)[:, None, None, None]
    photo = (photo * (longer / 2.2).exp()).clamp(0, 1)
    lit = (light * longer.exp()).clamp(0, 1)
    gain = gain + (lit.clamp_min(1e-4) / light.clamp_min(1e-4)).log()
    whiter = chance.uniform(count, -0.05, 0.05, 1, 1, 1)
    gain = gain - whiter
    own = (cloth[:, 1:] * (whiter / 2.2).exp()).clamp(0, 1)
    photo = photo * (1 + chance.uniform(count, -0.04, 0.04, 3, 1, 1)) + chance.normal(count, 0.01, *photo.shape[1:])
    spread = chance.uniform(count, 0, 0.12, 1, 1, 1)
    parts = (parts + spread * chance.normal(count, 1, *parts.shape[1:])).clamp(0, 1)
    seen = torch.cat([photo.clamp(0, 1), parts, cloth[:, :1], own], 1)
    planes = [gain, lit, known]
    flip = chance.some(count, 0.5)[:, None, None, None]
    seen, *planes = (torch.where(flip, plane.flip(3), plane) for plane in (seen, *planes))
    down, right = (STRIDE * chance.whole.randint(-2, 2) for _ in range(2))
    seen = seen.roll((down, right), (2, 3))
    gain, lit, known = (plane.roll((down // STRIDE, right // STRIDE), (2, 3)) for plane in planes)
    return {"image": seen, "gain": gain, "light": lit, "known": known}


def losses(answer: torch.Tensor, batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    weight = batch["known"] * (_DARK + batch["light"]).pow(1 / 3)
    off = (answer.float() - batch["gain"]).clamp(-1.5, 1.5)
    total = weight.sum((1, 2, 3)) + 1
    # Every picture counts alike, and what is off everywhere counts twice: it is what is seen first.
    whole = (off * weight).sum((1, 2, 3)).abs() / total
    local = (off.abs() * weight).sum((1, 2, 3)) / total
    return {"local": local.mean(), "whole": whole.mean()}


@torch.no_grad()
def measure(network: torch.nn.Module, held_out, at_once: int = 64) -> dict[str, float]:
    """How far lightness (L* of CIELAB, 0 to 100) of lit cloth is off, of cells of about 18 pixels of 1,024, when nothing is done, when all
    of a picture is made lighter by one factor that is known to be best, and as the network says."""
    sums = torch.zeros(4)
    for numbers in torch.arange(len(held_out), device=held_out.device).split(at_once):
        raw = held_out.pick(numbers)
        seen = torch.cat([raw[name].float() / 255 for name in ("photo", "parts", "cloth")], 1)
        gain = network(seen.contiguous(memory_format=torch.channels_last)).float()[:, 0]
        true, light, known = raw["gain"].float(), raw["light"].float(), raw["known"].float() / 255
        share = known / known.sum((1, 2), keepdim=True).clamp_min(1)
        best = (true * share).sum((1, 2), keepdim=True)
        for k, said in enumerate((torch.zeros_like(true), best.expand_as(true), gain)):
            off = _lightness(light * (said - true).exp()) - _lightness(light)
            sums[k] += (off.abs() * share).sum().cpu()
        sums[3] += len(numbers)
    return {name: round(float(total / sums[3]), 2) for name, total in zip(("nothing", "one factor", "network"), sums)}


def _lightness(light: torch.Tensor) -> torch.Tensor:
    """L* of a linear luminance."""
    light = light.clamp(0, 1)
    return 116 * torch.where(light > 0.008856, light.clamp_min(1e-6).pow(1 / 3), 7.787 * light + 16 / 116) - 16
