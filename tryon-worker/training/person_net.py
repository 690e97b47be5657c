"""The person network: which part of a person each pixel shows, and where the joints are."""

import torch
from torch import nn

from blocks import Pyramid, convolution
from renderer.labels import KEYPOINTS, PARTS

#: Height and width of the input in pixels. The photo is cropped or padded to this shape (3:4).
INPUT_SIZE = (256, 192)
#: The part logits come at half the input size; the engine enlarges them bilinearly (half-pixel centres).
PART_STRIDE = 2
#: The heat maps come at a quarter of the input size.
KEYPOINT_STRIDE = 4

WIDTHS = (16, 48, 96, 144, 160)


class PersonNet(nn.Module):
    """RGB in [-1, 1], 1x3x256x192 -> part logits 1x10x128x96 and heat-map logits 1x16x64x48.

    While training, a third head predicts where on the body (canonical rest-pose coordinates) each pixel lies. It
    teaches left from right and front from back and is dropped at export.
    """

    outputs = ("parts", "keypoints")

    def __init__(self):
        super().__init__()
        self.pyramid = Pyramid(WIDTHS)
        self.parts = nn.Sequential(convolution(WIDTHS[0], 24), nn.Conv2d(24, len(PARTS), 1))
        self.keypoints = nn.Sequential(convolution(WIDTHS[1], WIDTHS[1]), nn.Conv2d(WIDTHS[1], len(KEYPOINTS), 1))
        self.canonical = nn.Sequential(convolution(WIDTHS[1], WIDTHS[1]), nn.Conv2d(WIDTHS[1], 3, 1))
        self.exporting = False

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        fine, coarse = self.pyramid(image)
        parts, keypoints = self.parts(fine), self.keypoints(coarse)
        if self.exporting:
            return parts, keypoints
        return parts, keypoints, self.canonical(coarse)
