"""How the garment network is fed and judged."""

import cv2
import numpy as np
import torch
from torch.nn import functional

from augment import heat_maps, move_points, photographic, random_affine, random_box
from garment_net import INPUT_SIZE, KEYPOINT_STRIDE, GarmentNet
from packshots.labels import IGNORE, MIRRORED_KEYPOINTS, MIRRORED_PARTS, PARTS

Network = GarmentNet
ARRAYS = ("image", "labels", "keypoints")

_MIRRORED = np.array(MIRRORED_PARTS, np.uint8)
# Small parts count more than their area.
_CLASS_WEIGHTS = torch.tensor([0.7, 0.9, 1.3, 1.3, 2.2, 2.2, 1.5, 1.2, 1.2, 12.0])


def mirror(sample: dict) -> dict:
    """The sample seen in a mirror: left becomes right in the labels too."""
    keypoints = sample["keypoints"][list(MIRRORED_KEYPOINTS)]
    keypoints[:, 0] = sample["image"].shape[1] - keypoints[:, 0]
    return {
        "image": np.ascontiguousarray(sample["image"][:, ::-1]),
        "labels": np.ascontiguousarray(_MIRRORED[sample["labels"][:, ::-1]]),
        "keypoints": keypoints,
    }


def augment(rng, sample: dict, other_image: np.ndarray) -> dict:
    """A random variant of a painted sample; `other_image` lends pixels for things that lie on the garment."""
    if rng.random() < 0.5:
        sample = mirror(sample)
    height, width = INPUT_SIZE
    image, labels, keypoints = sample["image"], sample["labels"], sample["keypoints"]
    if rng.random() < 0.6:
        matrix = random_affine(rng, height, width, zoom=0.08, turn_degrees=2.5, shift=0.02)
        border = image[:3].mean((0, 1)).tolist()
        image = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)
        labels = cv2.warpAffine(labels, matrix, (width, height), flags=cv2.INTER_NEAREST)
        keypoints = move_points(keypoints, matrix, height, width)
    image, labels = image.copy(), labels.copy()
    if rng.random() < 0.25:
        _dye(rng, image, labels)
    if rng.random() < 0.85:
        image = photographic(rng, image)
    if rng.random() < 0.08:
        box = random_box(rng, height, width)
        image[box] = other_image[box] if rng.random() < 0.5 else rng.integers(0, 255, 3)
        labels[box] = IGNORE
    return {"image": image, "labels": labels, "keypoints": keypoints}


def _dye(rng, image: np.ndarray, labels: np.ndarray) -> None:
    """Changes the garment's colours but not the ground's, in place."""
    cloth = labels > 0
    pixels = image[cloth].astype(np.float32)[:, rng.permutation(3)]
    if rng.random() < 0.3:
        pixels = pixels.mean(1, keepdims=True)
    gain = rng.uniform(0.3, 1.0, 3) if rng.random() < 0.5 else rng.uniform(0.2, 1.6)
    image[cloth] = np.clip(pixels * gain, 0, 255).astype(np.uint8)


def collate(samples: list[dict], shrink: int = 1) -> dict:
    """A batch of tensors; pictures, labels and maps at `1 / shrink` of the full size."""
    height, width = (side // shrink for side in INPUT_SIZE)
    if shrink > 1:
        samples = [_shrunk(sample, shrink, height, width) for sample in samples]
    images = torch.from_numpy(np.stack([s["image"] for s in samples]))
    maps = [heat_maps(s["keypoints"], height, width, KEYPOINT_STRIDE, 1.3) for s in samples]
    return {
        "image": images.permute(0, 3, 1, 2).float() / 127.5 - 1,
        "labels": torch.from_numpy(np.stack([s["labels"] for s in samples])).long(),
        "maps": torch.from_numpy(np.stack(maps)),
    }


def _shrunk(sample: dict, shrink: int, height: int, width: int) -> dict:
    return {
        "image": cv2.resize(sample["image"], (width, height), interpolation=cv2.INTER_AREA),
        "labels": np.ascontiguousarray(sample["labels"][shrink // 2 :: shrink, shrink // 2 :: shrink]),
        "keypoints": sample["keypoints"] / np.array([shrink, shrink, 1], np.float32),
    }


def losses(outputs: tuple[torch.Tensor, ...], batch: dict) -> dict[str, torch.Tensor]:
    """The weighted terms of the loss; their sum is minimised."""
    parts, keypoints = (o.float() for o in outputs)
    labels, maps = batch["labels"], batch["maps"]
    # At the size of the logits: a quarter of the work of enlarging them, and as good.
    half = labels[:, 1::2, 1::2]
    cross_entropy = functional.cross_entropy(parts, half, weight=_CLASS_WEIGHTS, ignore_index=IGNORE)
    heat = functional.binary_cross_entropy_with_logits(keypoints, maps, reduction="none")
    return {
        "parts": cross_entropy,
        "dice": 0.7 * _dice(parts.softmax(1), half),
        # More weight on the bumps would make the network see landmarks that are not there.
        "keypoints": 12 * (heat * (1 + 2 * maps)).mean(),
    }


def _dice(probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    known = (labels != IGNORE).float()[:, None]
    truth = functional.one_hot(labels.clamp(max=len(PARTS) - 1), len(PARTS)).permute(0, 3, 1, 2).float() * known
    probabilities = probabilities * known
    common = (probabilities * truth).sum((0, 2, 3))
    total = (probabilities + truth).sum((0, 2, 3))
    return 1 - ((2 * common + 50) / (total + 50)).mean()
