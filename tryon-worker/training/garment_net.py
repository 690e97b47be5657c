"""The garment network: which part of a garment each pixel of a packshot shows, and where its landmarks are."""

import torch
from torch import nn

from blocks import Pyramid, convolution
from packshots.labels import KEYPOINTS, PARTS

#: Height and width of the input in pixels; the whole picture is letterboxed into it.
INPUT_SIZE = (256, 192)
#: The part logits come at half the input size; the engine enlarges them bilinearly (half-pixel centres).
PART_STRIDE = 2
#: The heat maps come at a quarter of the input size.
KEYPOINT_STRIDE = 4

WIDTHS = (16, 40, 80, 144, 160)


class GarmentNet(nn.Module):
    """RGB in [-1, 1], 1x3x256x192 -> part logits 1x10x128x96 and heat-map logits 1x19x64x48."""

    outputs = ("parts", "keypoints")

    def __init__(self):
        super().__init__()
        self.pyramid = Pyramid(WIDTHS)
        self.parts = nn.Sequential(convolution(WIDTHS[0], 24), nn.Conv2d(24, len(PARTS), 1))
        self.keypoints = nn.Sequential(convolution(WIDTHS[1], 48), nn.Conv2d(48, len(KEYPOINTS), 1))
        # Nearly all of every map is empty: start there.
        nn.init.constant_(self.keypoints[1].bias, -4.0)
        self.exporting = False

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        fine, coarse = self.pyramid(image)
        return self.parts(fine), self.keypoints(coarse)
