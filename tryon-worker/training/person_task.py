"""How the person network is fed and judged."""

import cv2
import numpy as np
import torch
from torch.nn import functional

from augment import heat_maps, move_points, photographic, random_affine, random_box
from person_net import INPUT_SIZE, KEYPOINT_STRIDE, PersonNet
from renderer.labels import IGNORE, MIRRORED_KEYPOINTS, MIRRORED_PARTS, PARTS

Network = PersonNet
ARRAYS = ("image", "labels", "canonical", "keypoints")

_MIRRORED = np.array(MIRRORED_PARTS, np.uint8)
# Small parts count more than their area.
_CLASS_WEIGHTS = torch.tensor([0.6, 1.5, 1.5, 2.0, 1.0, 1.0, 1.7, 1.7, 1.5, 2.0])


def mirror(sample: dict) -> dict:
    """The sample seen in a mirror: left becomes right in the labels too."""
    canonical = sample["canonical"][:, ::-1].copy()
    canonical[..., 0] = 255 - canonical[..., 0]
    keypoints = sample["keypoints"][list(MIRRORED_KEYPOINTS)]
    keypoints[:, 0] = sample["image"].shape[1] - keypoints[:, 0]
    return {
        "image": np.ascontiguousarray(sample["image"][:, ::-1]),
        "labels": np.ascontiguousarray(_MIRRORED[sample["labels"][:, ::-1]]),
        "canonical": canonical,
        "keypoints": keypoints,
    }


def augment(rng, sample: dict, other_image: np.ndarray) -> dict:
    """A random variant of a rendered sample; `other_image` lends pixels for things that hide the person."""
    if rng.random() < 0.5:
        sample = mirror(sample)
    height, width = INPUT_SIZE
    matrix = random_affine(rng, height, width, zoom=0.19, turn_degrees=6, shift=0.06)
    half = matrix.copy()
    half[:, 2] = (matrix[:, 2] + 0.5 * (matrix[:, :2].sum(1) - 1)) / 2 - 0.5 * (matrix[:, :2].sum(1) - 1)
    image = sample["image"]
    border = image[:3].mean((0, 1)).tolist() if rng.random() < 0.7 else rng.integers(0, 255, 3).tolist()
    image = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)
    labels = cv2.warpAffine(sample["labels"], matrix, (width, height), flags=cv2.INTER_NEAREST)
    canonical = cv2.warpAffine(sample["canonical"], half, (width // 2, height // 2), flags=cv2.INTER_NEAREST)
    image = photographic(rng, image)
    if rng.random() < 0.2:
        box = random_box(rng, height, width)
        image[box] = other_image[box] if rng.random() < 0.5 else rng.integers(0, 255, 3)
        labels[box] = IGNORE
    keypoints = move_points(sample["keypoints"], matrix, height, width)
    return {"image": image, "labels": labels, "canonical": canonical, "keypoints": keypoints}


def collate(samples: list[dict]) -> dict:
    """A batch of tensors."""
    height, width = INPUT_SIZE
    images = torch.from_numpy(np.stack([s["image"] for s in samples]))
    canonical = torch.from_numpy(np.stack([s["canonical"][1::2, 1::2] for s in samples]))
    maps = [heat_maps(s["keypoints"], height, width, KEYPOINT_STRIDE, 1.6) for s in samples]
    return {
        "image": images.permute(0, 3, 1, 2).float() / 127.5 - 1,
        "labels": torch.from_numpy(np.stack([s["labels"] for s in samples])).long(),
        "canonical": canonical.permute(0, 3, 1, 2).float() / 127.5 - 1,
        "maps": torch.from_numpy(np.stack(maps)),
    }


def losses(outputs: tuple[torch.Tensor, ...], batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    parts, keypoints, canonical = (o.float() for o in outputs)
    labels, maps = batch["labels"], batch["maps"]
    # The engine enlarges the logits the same way, so the loss is taken where the answer is used.
    enlarged = functional.interpolate(parts, size=INPUT_SIZE, mode="bilinear", align_corners=False)
    cross_entropy = functional.cross_entropy(enlarged, labels, weight=_CLASS_WEIGHTS, ignore_index=IGNORE)
    heat = functional.binary_cross_entropy_with_logits(keypoints, maps, reduction="none")
    coarse = labels[:, 2::4, 2::4]
    body = ((coarse > 0) & (coarse != IGNORE)).float()[:, None]
    distance = ((canonical - batch["canonical"]).abs() * body).sum() / (3 * body.sum() + 1)
    return {
        "parts": cross_entropy,
        "dice": 0.7 * _dice(parts.softmax(1), labels[:, 1::2, 1::2]),
        "keypoints": 4 * (heat * (1 + 8 * maps)).mean(),
        "canonical": 1.0 * distance,
    }


def _dice(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    known = (labels != IGNORE).float()[:, None]
    truth = functional.one_hot(labels.clamp(max=len(PARTS) - 1), len(PARTS)).permute(0, 3, 1, 2).float() * known
    probabilities = probabilities * known
    common = (probabilities * truth).sum((0, 2, 3))
    total = (probabilities + truth).sum((0, 2, 3))
    return 1 - ((2 * common + 50) / (total + 50)).mean()
