"""How good a network that labels pixels and finds points is on held-out pictures, while it is trained."""

from types import ModuleType

import torch
from torch.nn import functional

from samples import Samples
from scores import Scores

#: Pictures at a time.
_AT_ONCE = 50


@torch.no_grad()
def parts_and_points(network: torch.nn.Module, held_out: Samples, labels_of: ModuleType, stride: int) -> dict[str, float]:
    """Its figures; `labels_of` names its parts and keypoints, whose heat maps come at `stride`."""
    scores = Scores(labels_of.PARTS, labels_of.KEYPOINTS)
    for numbers in torch.arange(len(held_out), device=held_out.device).split(_AT_ONCE):
        raw = held_out.pick(numbers)
        image = raw["image"].permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.autocast(held_out.device.type, torch.bfloat16):
            parts, maps = network(image.contiguous(memory_format=torch.channels_last))[:2]
        enlarged = functional.interpolate(parts.float(), size=image.shape[2:], mode="bilinear", align_corners=False)
        peaks, cells = maps.float().sigmoid().flatten(2).max(2)
        columns, rows = cells % maps.shape[3], cells // maps.shape[3]
        found = torch.stack([(columns + 0.5) * stride, (rows + 0.5) * stride, peaks], 2)
        answers = (a.cpu().numpy() for a in (enlarged.argmax(1), found, raw["labels"], raw["keypoints"]))
        for answer in zip(*answers):
            scores.add(*answer)
    return scores.summary()
