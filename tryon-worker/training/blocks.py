"""Building blocks of the network.

Only operations that the engine's runtime (tract) runs fast: dense 3x3 and 1x1 convolutions, ReLU, nearest upsampling,
additions and one global average. No depthwise convolution, no linear resize, no pixel shuffle.
"""

import torch
from torch import nn
from torch.nn import functional


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation (folded into the convolution at export) and ReLU."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut."""

    def __init__(self, channels: int, dilation: int = 1):
        super().__init__()
        self.first = convolution(channels, channels, dilation=dilation)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.second(self.first(x)))


class Context(nn.Module):
    """Adds to every place a projection of the mean over the whole picture."""

    def __init__(self, channels: int):
        super().__init__()
        self.project = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.project(x)


class Pyramid(nn.Module):
    """U-Net over five strides (2, 4, 8, 16, 32).

    Returns the decoded features at stride 2 (`widths[0]` channels) and at stride 4 (`widths[1]` channels). The coarsest
    level sees the whole picture, which left and right need.
    """

    def __init__(self, widths: tuple[int, int, int, int, int], inputs: int = 3):
        super().__init__()
        blocks = (1, 1, 2, 1, 2)
        self.down = nn.ModuleList()
        before = inputs
        for width, count in zip(widths, blocks):
            residuals = [Residual(width) for _ in range(count)]
            self.down.append(nn.Sequential(convolution(before, width, stride=2), *residuals))
            before = width
        self.context = Context(widths[-1])
        self.lateral = nn.ModuleList(convolution(width, width, kernel=1) for width in widths[:-1])
        self.reduce = nn.ModuleList(
            convolution(coarse, fine, kernel=1) for fine, coarse in zip(widths[:-1], widths[1:])
        )
        self.merge = nn.ModuleList(Residual(width) for width in widths[:3])

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        levels = []
        x = image
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        x = self.context(x)
        decoded = {}
        for level in (3, 2, 1, 0):
            raised = functional.interpolate(self.reduce[level](x), scale_factor=2.0, mode="nearest")
            x = self.lateral[level](levels[level]) + raised
            if level < len(self.merge):
                x = self.merge[level](x)
            decoded[level] = x
        return decoded[0], decoded[1]
