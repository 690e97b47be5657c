"""What both networks are judged by while they learn."""

import torch
from torch.nn import functional


def parts_losses(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, ignore: int) -> dict[str, torch.Tensor]:
    """Cross entropy at full size and Dice at the logits' size; `labels` N x H x W (full size)."""
    # The engine enlarges the logits the same way, so the loss is taken where the answer is used.
    enlarged = functional.interpolate(logits, size=labels.shape[1:], mode="bilinear", align_corners=False)
    weights = weights.to(logits)
    return {
        "parts": functional.cross_entropy(enlarged, labels, weight=weights, ignore_index=ignore),
        "dice": 0.7 * _dice(logits.softmax(1), labels[:, 1::2, 1::2], ignore),
    }


def _dice(probabilities: torch.Tensor, labels: torch.Tensor, ignore: int) -> torch.Tensor:
    classes = probabilities.shape[1]
    known = (labels != ignore).float()[:, None]
    truth = functional.one_hot(labels.clamp(max=classes - 1), classes).permute(0, 3, 1, 2).float() * known
    probabilities = probabilities * known
    common = (probabilities * truth).sum((0, 2, 3))
    total = (probabilities + truth).sum((0, 2, 3))
    return 1 - ((2 * common + 50) / (total + 50)).mean()


def keypoint_loss(logits: torch.Tensor, maps: torch.Tensor, bump: float) -> torch.Tensor:
    """Cross entropy of heat maps; their bumps count `1 + bump` times."""
    heat = functional.binary_cross_entropy_with_logits(logits, maps, reduction="none")
    return (heat * (1 + bump * maps)).mean()
