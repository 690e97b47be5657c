"""How the person network is fed and judged."""

import torch

from augment import (
    Chance,
    Warp,
    cover_up,
    dye,
    heat_maps,
    move_points,
    per_picture,
    photographic,
    random_affine,
    replace_ground,
)
from losses import keypoint_loss, parts_losses
from measuring import parts_and_points
from person_net import INPUT_SIZE, KEYPOINT_STRIDE, PersonNet
from renderer import labels as labels_of
from renderer.labels import IGNORE, MIRRORED_KEYPOINTS, MIRRORED_PARTS, PARTS
from samples import Samples

Network = PersonNet
ARRAYS = ("image", "labels", "canonical", "keypoints")

# Small parts count more than their area.
_CLASS_WEIGHTS = torch.tensor([0.6, 1.5, 1.5, 2.0, 1.0, 1.0, 1.7, 1.7, 1.5, 2.0])
_DYED = [PARTS.index(name) for name in ("hair", "upper", "lower", "shoes")]


def prepare(chance: Chance, raw: dict[str, torch.Tensor], shrink: int = 1) -> dict[str, torch.Tensor]:
    """Random variants of rendered samples (arrays of make_data.py), as the network takes them, at `1 / shrink` of the size."""
    count, device = len(raw["image"]), chance.device
    size = tuple(side // shrink for side in INPUT_SIZE)
    mirrored = chance.some(count, 0.5)
    matrix = random_affine(chance, count, INPUT_SIZE, zoom=0.19, turn_degrees=6, shift=0.06, mirrored=mirrored)
    warp = Warp(matrix, INPUT_SIZE)
    image = raw["image"].permute(0, 3, 1, 2).float() / 255
    top = image[:, :, :3].mean((2, 3), keepdim=True)
    border = torch.where(per_picture(chance.some(count, 0.7)), top, chance.uniform(count, 0, 1, 3, 1, 1))
    image, inside = warp(image, size, smooth=True)
    labels = warp(raw["labels"][:, None].float(), size, smooth=False)[0][:, 0].long()
    labels = torch.where(mirrored[:, None, None], torch.tensor(MIRRORED_PARTS, device=device)[labels], labels)
    image = dye(chance, image, labels, _DYED, len(PARTS), share=0.2)
    # Grounds are replaced before the border is drawn, which the engine's letterbox makes.
    image = torch.where(inside, replace_ground(chance, image, labels, share=0.2), border)
    image = photographic(chance, image)
    image, labels = cover_up(chance, image, labels, share=0.25, ignore=IGNORE)
    cells = tuple(side // KEYPOINT_STRIDE for side in size)
    canonical = warp(raw["canonical"].permute(0, 3, 1, 2).float(), cells, smooth=False)[0] / 127.5 - 1
    canonical[:, 0] = torch.where(mirrored[:, None, None], -canonical[:, 0], canonical[:, 0])
    points = raw["keypoints"]
    points = torch.where(mirrored[:, None, None], points[:, list(MIRRORED_KEYPOINTS)], points)
    points = move_points(points, matrix, INPUT_SIZE) / points.new_tensor([shrink, shrink, 1])
    return {
        "image": image * 2 - 1,
        "labels": labels,
        "canonical": canonical,
        "maps": heat_maps(points, size, KEYPOINT_STRIDE, 1.6),
    }


def losses(outputs: tuple[torch.Tensor, ...], batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    parts, keypoints, canonical = (o.float() for o in outputs)
    labels = batch["labels"]
    coarse = labels[:, 2::4, 2::4]
    body = ((coarse > 0) & (coarse != IGNORE)).float()[:, None]
    distance = ((canonical - batch["canonical"]).abs() * body).sum() / (3 * body.sum() + 1)
    return {
        **parts_losses(parts, labels, _CLASS_WEIGHTS, IGNORE),
        "keypoints": 4 * keypoint_loss(keypoints, batch["maps"], 8),
        "canonical": 1.0 * distance,
    }


def measure(network: torch.nn.Module, held_out: Samples) -> dict[str, float]:
    """Its figures on held-out pictures."""
    return parts_and_points(network, held_out, labels_of, KEYPOINT_STRIDE)
