"""The harmoniser: how much lighter or darker cloth is in a photo's light than in its own picture."""

import torch
from torch import nn

from blocks import Pyramid, convolution
from glimpses import INPUT_SHAPE

__all__ = ["INPUT_SHAPE", "HarmoniserNet"]

WIDTHS = (16, 24, 40, 64, 64)


class HarmoniserNet(nn.Module):
    """A glimpse, 1x15x96x64 -> 1x1x48x32, the logarithm of the gain of linear luminance."""

    outputs = ("gain",)

    def __init__(self):
        super().__init__()
        self.pyramid = Pyramid(WIDTHS, INPUT_SHAPE[0])
        self.gain = nn.Sequential(convolution(WIDTHS[0], 16), nn.Conv2d(16, 1, 1))
        # What it says at first is that nothing changes.
        nn.init.zeros_(self.gain[-1].weight)
        nn.init.zeros_(self.gain[-1].bias)
        self.dropout = nn.Dropout2d(0.1)
        self.exporting = False

    def forward(self, glimpse: torch.Tensor) -> torch.Tensor:
        gain = self.gain(self.dropout(self.pyramid(glimpse)[0]))
        return (gain,) if self.exporting else gain
