"""How the garment network is fed and judged."""

import torch

from augment import (
    Chance,
    Warp,
    cover_up,
    dye,
    heat_maps,
    move_points,
    photographic,
    random_affine,
    replace_ground,
)
from garment_net import INPUT_SIZE, KEYPOINT_STRIDE, GarmentNet
from losses import keypoint_loss, parts_losses
from measuring import parts_and_points
from packshots import labels as labels_of
from packshots.labels import IGNORE, MIRRORED_KEYPOINTS, MIRRORED_PARTS, PARTS
from samples import Samples

Network = GarmentNet
ARRAYS = ("image", "labels", "keypoints")

# Small parts count more than their area.
_CLASS_WEIGHTS = torch.tensor([0.7, 0.9, 1.3, 1.3, 2.2, 2.2, 1.5, 1.2, 1.2, 8.0])
_CLOTH = range(1, len(PARTS))


def prepare(chance: Chance, raw: dict[str, torch.Tensor], shrink: int = 1) -> dict[str, torch.Tensor]:
    """Random variants of painted samples (arrays of garment_data.py), as the network takes them, at `1 / shrink` of the size."""
    count, device = len(raw["image"]), chance.device
    size = tuple(side // shrink for side in INPUT_SIZE)
    mirrored = chance.some(count, 0.5)
    matrix = random_affine(chance, count, INPUT_SIZE, zoom=0.07, turn_degrees=2.5, shift=0.02, mirrored=mirrored)
    warp = Warp(matrix, INPUT_SIZE)
    image = raw["image"].permute(0, 3, 1, 2).float() / 255
    border = image[:, :, :3].mean((2, 3), keepdim=True)
    image, inside = warp(image, size, smooth=True)
    labels = warp(raw["labels"][:, None].float(), size, smooth=False)[0][:, 0].long()
    labels = torch.where(mirrored[:, None, None], torch.tensor(MIRRORED_PARTS, device=device)[labels], labels)
    image = _dyed(chance, image, labels)
    image = torch.where(inside, replace_ground(chance, image, labels, share=0.07), border)
    image = torch.where(chance.some(count, 0.85)[:, None, None, None], photographic(chance, image), image)
    image, labels = cover_up(chance, image, labels, share=0.08, ignore=IGNORE)
    points = torch.where(mirrored[:, None, None], raw["keypoints"][:, list(MIRRORED_KEYPOINTS)], raw["keypoints"])
    points = move_points(points, matrix, INPUT_SIZE) / points.new_tensor([shrink, shrink, 1])
    return {"image": image * 2 - 1, "labels": labels, "maps": heat_maps(points, size, KEYPOINT_STRIDE, 1.3)}


def _dyed(chance: Chance, image: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The whole garment in other colours now and then, or a part of it."""
    whole = (labels > 0).long()
    image = dye(chance, image, whole, [1], 2, share=0.25)
    turned = torch.where(_cloth_of_some(chance, whole, 0.2), image.roll(1, 1), image)
    return dye(chance, turned, labels, list(_CLOTH), len(PARTS), share=0.02)


def _cloth_of_some(chance: Chance, cloth: torch.Tensor, share: float) -> torch.Tensor:
    """The garment's pixels in about `share` of the pictures."""
    return (cloth > 0)[:, None] & chance.some(len(cloth), share)[:, None, None, None]


def losses(outputs: tuple[torch.Tensor, ...], batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    parts, keypoints = (o.float() for o in outputs)
    return {
        **parts_losses(parts, batch["labels"], _CLASS_WEIGHTS, IGNORE),
        # More weight on the bumps would make the network see landmarks that are not there.
        "keypoints": 12 * keypoint_loss(keypoints, batch["maps"], 2),
    }


def measure(network: torch.nn.Module, held_out: Samples) -> dict[str, float]:
    """Its figures on held-out pictures."""
    return parts_and_points(network, held_out, labels_of, KEYPOINT_STRIDE)
