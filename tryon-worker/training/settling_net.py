"""The settling network: how far cloth hangs from where the engine's geometry lays it."""

import torch
from torch import nn
from torch.nn import functional

from blocks import Pyramid, convolution
from sketches import INPUT_SHAPE

WIDTHS = (32, 48, 72, 96, 96)


class SettlingNet(nn.Module):
    """A sketch, 1x25x160x96 -> 1x6x80x48, all in shoulder widths."""

    outputs = ("moves",)

    def __init__(self):
        super().__init__()
        self.pyramid = Pyramid(WIDTHS, INPUT_SHAPE[0])
        self.moves = nn.Sequential(convolution(WIDTHS[0], 32), nn.Conv2d(32, 4, 1))
        self.errors = nn.Sequential(convolution(WIDTHS[0], 16), nn.Conv2d(16, 2, 1))
        # What it says at first is what geometry says.
        nn.init.zeros_(self.moves[-1].weight)
        nn.init.zeros_(self.moves[-1].bias)
        # People are few.
        self.dropout = nn.Dropout2d(0.05)
        self.exporting = False

    def forward(self, sketch: torch.Tensor) -> torch.Tensor:
        fine = self.dropout(self.pyramid(sketch)[0])
        errors = 0.01 + functional.relu(self.errors(fine) + 0.1)
        answer = torch.cat([self.moves(fine), errors], 1)
        return (answer,) if self.exporting else answer
