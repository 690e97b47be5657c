"""Makes made pictures as varied as photographs: geometry, colour, light, blur, noise, compression, things in front.

Works on whole batches, on whatever device holds them. Pictures are N x 3 x H x W, 0 to 1; points are N x K x (x, y, present)
in pixels, where the first pixel reaches from 0 to 1.
"""

import math
import random

import torch
from torch.nn import functional


class Chance:
    """Random numbers on a device: every draw gives one value (or one of `shape`) per picture.

    `whole` is for what a batch has in common; it does not wait for the device.
    """

    def __init__(self, device: torch.device, seed: int):
        self.device = device
        self.whole = random.Random(seed)
        self._generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, count: int, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=self._generator, device=self.device) * (high - low) + low

    def normal(self, count: int, spread: float, *shape: int) -> torch.Tensor:
        return torch.randn(count, *shape, generator=self._generator, device=self.device) * spread

    def some(self, count: int, share: float) -> torch.Tensor:
        """True for about `share` of the pictures."""
        return self.uniform(count, 0, 1) < share

    def choice(self, count: int, options: int) -> torch.Tensor:
        return torch.randint(options, (count,), generator=self._generator, device=self.device)


def per_picture(values: torch.Tensor) -> torch.Tensor:
    """N values so that they broadcast over N x 3 x H x W."""
    return values.reshape(-1, 1, 1, 1)


def random_affine(chance, count, size, zoom: float, turn_degrees: float, shift: float, mirrored: torch.Tensor):
    """N x 3 x 3: turns, scales, stretches, moves and mirrors pictures of `size` (height, width) about their centre."""
    height, width = size
    angle = chance.normal(count, math.radians(turn_degrees))
    scale, stretch = chance.normal(count, zoom).exp(), chance.normal(count, zoom / 5).exp()
    flip = torch.where(mirrored, -1.0, 1.0)
    matrix = torch.zeros(count, 3, 3, device=chance.device)
    matrix[:, 0, 0], matrix[:, 0, 1] = angle.cos() * scale * stretch * flip, angle.sin() * scale / stretch
    matrix[:, 1, 0], matrix[:, 1, 1] = -angle.sin() * scale * stretch * flip, angle.cos() * scale / stretch
    centre = torch.tensor([width / 2, height / 2], device=chance.device)
    move = chance.normal(count, shift, 2) * centre * 2
    matrix[:, :2, 2] = centre + move - matrix[:, :2, :2] @ centre
    matrix[:, 2, 2] = 1
    return matrix


def move_points(points: torch.Tensor, matrix: torch.Tensor, size) -> torch.Tensor:
    """Moves points with their picture; those that leave it are no longer present."""
    height, width = size
    place = points[..., :2] @ matrix[:, :2, :2].transpose(1, 2) + matrix[:, None, :2, 2]
    inside = (place >= 0).all(-1) & (place[..., 0] < width) & (place[..., 1] < height)
    return torch.cat([place, (points[..., 2] * inside)[..., None]], -1)


class Warp:
    """Looks up pictures of `size` through the inverse of affine matrices."""

    def __init__(self, matrix: torch.Tensor, size):
        # Unlike `inv`, this does not wait for the device to say whether it went well.
        self._inverse, self._size = torch.linalg.inv_ex(matrix)[0], size

    def __call__(self, source: torch.Tensor, out_size, smooth: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """`source` (N x C x h x w, shows the whole picture at any resolution) moved, at `out_size`; and what of it is inside."""
        (height, width), (rows, columns) = self._size, out_size
        y = (torch.arange(rows, device=source.device) + 0.5) * (height / rows)
        x = (torch.arange(columns, device=source.device) + 0.5) * (width / columns)
        grid = torch.stack([x[None].expand(rows, -1), y[:, None].expand(-1, columns)], -1).reshape(1, -1, 2)
        place = grid @ self._inverse[:, :2, :2].transpose(1, 2) + self._inverse[:, None, :2, 2]
        place = place * place.new_tensor([2 / width, 2 / height]) - 1
        place = place.reshape(-1, rows, columns, 2)
        mode = "bilinear" if smooth else "nearest"
        padding = "border" if smooth else "zeros"
        found = functional.grid_sample(source, place, mode=mode, padding_mode=padding, align_corners=False)
        return found, (place.abs() <= 1).all(-1)[:, None]


def dye(chance, image: torch.Tensor, labels: torch.Tensor, parts: list[int], classes: int, share: float) -> torch.Tensor:
    """Gives the named parts of about `share` of the pictures other colours; each part one of its own."""
    count = len(image)
    gain = torch.ones(count, classes, 3, device=image.device)
    lift = torch.zeros(count, classes, 1, device=image.device)
    for part in parts:
        chosen = chance.some(count, share)[:, None]
        bright, tint = chance.uniform(count, 0.35, 1.3, 1), 1 + chance.normal(count, 0.2, 3)
        gain[:, part] = torch.where(chosen, bright * tint.clamp(0.4, 1.6), gain[:, part])
        # Every now and then paler: what is left of the pattern lies on white.
        pale = chosen & chance.some(count, 0.2)[:, None]
        lift[:, part] = torch.where(pale, chance.uniform(count, 0.3, 0.8, 1), lift[:, part])
    index = labels.clamp(max=classes - 1).long().flatten(1)
    spread = (
        lambda table: (
            torch.gather(  # noqa: E731
                table, 1, index[..., None].expand(-1, -1, table.shape[-1])
            )
            .transpose(1, 2)
            .reshape(count, table.shape[-1], *labels.shape[1:])
        )
    )
    lifted = spread(lift)
    return (image * spread(gain)).clamp(0, 1) * (1 - lifted) + lifted


def clutter(chance, count: int, size) -> torch.Tensor:
    """Grounds that nobody has seen: sharp blocks and bars and soft clouds of any colour, on one another."""
    ground = chance.uniform(count, 0, 1, 3, 1, 1).expand(-1, -1, *size).clone()
    for cells, mode in (((2, 3), "bilinear"), ((9, 5), "nearest"), ((31, 2), "nearest"), ((3, 23), "nearest"),
                        ((24, 18), "bilinear"), ((64, 48), "nearest"), ((128, 96), "bilinear")):  # fmt: skip
        tone = chance.normal(count, 0.3, 1, *cells) + chance.normal(count, 0.15, 3, *cells)
        kept = chance.uniform(count, -0.5, 1, 1, *cells).clamp(0, 1).ceil() * per_picture(
            chance.uniform(count, -0.7, 1).clamp(0)
        )
        ground += functional.interpolate(tone * kept, size=size, mode=mode)
    return ground.clamp(0, 1)


def replace_ground(chance, image: torch.Tensor, labels: torch.Tensor, share: float) -> torch.Tensor:
    """Puts clutter behind what is labelled, in about `share` of the pictures."""
    chosen = per_picture(chance.some(len(image), share))
    cover = functional.avg_pool2d((labels > 0).float()[:, None], 3, 1, 1)
    return torch.where(chosen, image * cover + clutter(chance, len(image), image.shape[2:]) * (1 - cover), image)


def cover_up(chance, image: torch.Tensor, labels: torch.Tensor, share: float, ignore: int):
    """Lays a box or an ellipse over about `share` of the pictures; nothing may be asked about what is below it."""
    count, _, height, width = image.shape
    y = (torch.arange(height, device=image.device).reshape(1, -1, 1) + 0.5) / height
    x = (torch.arange(width, device=image.device).reshape(1, 1, -1) + 0.5) / width
    flat = lambda values: values.reshape(-1, 1, 1)  # noqa: E731
    across = (x - flat(chance.uniform(count, 0, 1))) / flat(chance.uniform(count, 0.025, 0.14))
    down = (y - flat(chance.uniform(count, 0, 1))) / flat(chance.uniform(count, 0.025, 0.14))
    round_ = flat(chance.some(count, 0.5))
    hidden = torch.where(round_, across**2 + down**2 < 1, torch.maximum(across.abs(), down.abs()) < 1)
    hidden &= flat(chance.some(count, share))
    fill = torch.where(
        per_picture(chance.some(count, 0.5)), image.roll(1, 0), chance.uniform(count, 0, 1, 3, 1, 1).expand_as(image)
    )
    return torch.where(hidden[:, None], fill, image), labels.masked_fill(hidden, ignore)


def photographic(chance, image: torch.Tensor) -> torch.Tensor:
    """What cameras do: light, white balance, blur, low resolution, noise, sharpening, JPEG."""
    count = len(image)
    dim = chance.some(count, 0.1)  # low light: dark, warm and noisy
    image = _light(chance, image, dim)
    image = _blurred(chance, image)
    strength = chance.uniform(count, 0.002, 0.04) * chance.some(count, 0.4) + chance.uniform(count, 0.01, 0.04) * dim
    fine = chance.normal(count, 1.0, *image.shape[1:])
    coarse = functional.interpolate(fine[:, :, ::2, ::2], scale_factor=2, mode="nearest")
    grain = torch.where(per_picture(chance.some(count, 0.3)), coarse, fine)
    image = (image + grain * per_picture(strength)).clamp(0, 1)
    image = torch.where(per_picture(chance.some(count, 0.45)), jpeg(chance, image), image)
    return (image * 255).round() / 255


def _light(chance, image: torch.Tensor, dim: torch.Tensor) -> torch.Tensor:
    count = len(image)
    plain = per_picture(chance.some(count, 0.2) & ~dim)
    gain = torch.where(dim, chance.uniform(count, 0.25, 0.55), chance.uniform(count, 0.65, 1.45))
    warm = chance.normal(count, 0.06) + dim * 0.1 + chance.normal(count, 0.2) * chance.some(count, 0.1)
    balance = 1 + torch.stack([warm, chance.normal(count, 0.04), -warm], 1) + chance.normal(count, 0.04, 3)
    x = image.clamp(1e-4, 1) ** per_picture(chance.normal(count, 0.2).exp())
    uneven = functional.interpolate(chance.normal(count, 0.3, 1, 4, 3), size=image.shape[2:], mode="bilinear")
    x = x * (1 + uneven * per_picture(chance.some(count, 0.25))).clamp(0.3, 1.7)
    x = x * per_picture(gain) * balance.clamp(0.5, 1.5)[..., None, None]
    x = (x - 0.5) * per_picture(chance.uniform(count, 0.6, 1.4)) + 0.5
    grey = x.mean(1, keepdim=True)
    colourful = torch.where(chance.some(count, 0.06), torch.zeros_like(gain), chance.uniform(count, 0.3, 1.5))
    x = grey + (x - grey) * per_picture(colourful)
    return torch.where(plain, image, x.clamp(0, 1))


def _blurred(chance, image: torch.Tensor) -> torch.Tensor:
    count = len(image)
    soft, softer = gaussian(image, 0.9), gaussian(image, 1.8)
    amount = chance.uniform(count, -0.5, 1.0)  # below zero: sharpened
    chosen = per_picture(chance.some(count, 0.4))
    image = torch.where(chosen, image + (soft - image) * per_picture(amount), image)
    image = torch.where(per_picture(chance.some(count, 0.06)), softer, image)
    image = torch.where(per_picture(chance.some(count, 0.06)), _moved(chance, image), image)
    for factor, share in ((2, 0.1), (3, 0.05)):
        small = functional.interpolate(image, scale_factor=1 / factor, mode="area")
        again = functional.interpolate(small, size=image.shape[2:], mode="bilinear", align_corners=False)
        image = torch.where(per_picture(chance.some(count, share)), again, image)
    return image


def gaussian(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur."""
    reach = math.ceil(2.5 * sigma)
    places = torch.arange(-reach, reach + 1, device=image.device, dtype=image.dtype)
    kernel = (-(places**2) / (2 * sigma**2)).exp()
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    image = functional.pad(image, (reach,) * 4, mode="replicate")
    return functional.conv2d(functional.conv2d(image, kernel[:, :, None], groups=3), kernel[..., None], groups=3)


def _moved(chance, image: torch.Tensor) -> torch.Tensor:
    """Motion blur; the whole batch in one direction."""
    reach = 3
    angle, length = chance.whole.uniform(0, math.pi), chance.whole.uniform(1, reach)
    kernel = torch.zeros(2 * reach + 1, 2 * reach + 1)
    for step in range(-8, 9):
        part = step / 8 * length
        kernel[round(reach + part * math.sin(angle)), round(reach + part * math.cos(angle))] += 1
    kernel = (kernel / kernel.sum()).to(image).expand(3, 1, -1, -1)
    return functional.conv2d(functional.pad(image, (reach,) * 4, mode="replicate"), kernel, groups=3)


#: The quantisation tables that the JPEG standard suggests (ITU T.81, annex K), at quality 50.
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99), (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99), *((99,) * 8,) * 4,
)  # fmt: skip
_TO_YCC = torch.tensor(((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312)))
_FROM_YCC = _TO_YCC.inverse()


def jpeg(chance, image: torch.Tensor) -> torch.Tensor:
    """What compression at a random quality (20 to 92) leaves, with colours at half the resolution."""
    quality = chance.uniform(len(image), 20, 92)
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50).reshape(-1, 1, 1, 1, 1, 1)
    ycc = torch.einsum("kc,nchw->nkhw", _TO_YCC.to(image), image * 255 - 128)
    luminance = _quantised(ycc[:, :1], scale * image.new_tensor(_LUMINANCE)[:, None, :])
    colours = _quantised(functional.avg_pool2d(ycc[:, 1:], 2), scale * image.new_tensor(_CHROMINANCE)[:, None, :])
    colours = functional.interpolate(colours, scale_factor=2, mode="nearest")
    ycc = torch.cat([luminance, colours], 1)
    return ((torch.einsum("ck,nkhw->nchw", _FROM_YCC.to(image), ycc) + 128) / 255).clamp(0, 1)


def _quantised(planes: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    count, channels, height, width = planes.shape
    u, x = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
    basis = torch.cos((2 * x + 1) * u * math.pi / 16) * 0.5
    basis[0] *= math.sqrt(0.5)
    basis = basis.to(planes)
    blocks = planes.reshape(count, channels, height // 8, 8, width // 8, 8)
    waves = torch.einsum("ua,nciajb,vb->nciujv", basis, blocks, basis)
    waves = (waves / table).round() * table
    return torch.einsum("ua,nciujv,vb->nciajb", basis, waves, basis).reshape(planes.shape)


def heat_maps(points: torch.Tensor, size, stride: int, sigma_cells: float) -> torch.Tensor:
    """One Gaussian bump per present point, at `1 / stride` of the picture's size."""
    height, width = size
    rows = (torch.arange(height // stride, device=points.device) + 0.5) * stride
    columns = (torch.arange(width // stride, device=points.device) + 0.5) * stride
    spread = 2 * (sigma_cells * stride) ** 2
    vertical = (-((rows - points[..., 1:2]) ** 2) / spread).exp()
    horizontal = (-((columns - points[..., 0:1]) ** 2) / spread).exp()
    return vertical[..., :, None] * horizontal[..., None, :] * points[..., 2, None, None]
