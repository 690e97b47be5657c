"""Lays a painted garment on a random ground, warped and framed as shops do it; picture, labels and landmarks together."""

import cv2
import numpy as np
from cloth import encode, linear, smooth_noise

from .artwork import colour

HEIGHT, WIDTH = 256, 192


def stage(rng, cloth: np.ndarray, cover: np.ndarray, pieces: np.ndarray, points: np.ndarray, white: bool = False):
    """One picture of a garment, on a `white` ground or any other.

    cloth: HxWx3 linear RGB, cover and pieces: HxW, points: Kx3 (x, y in pixels of those, present).
    Returns image 256x192x3 and labels 256x192 (bytes) and points Kx3 in pixels of the picture.
    """
    frame = _frame(rng)
    mx, my = _inverse_map(rng, pieces, frame)
    flat = lambda a, how: cv2.remap(a, mx, my, how, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    alpha = np.clip(flat(cover, cv2.INTER_LINEAR), 0, 1)
    premultiplied = flat(cloth * np.clip(cover, 0, 1)[..., None], cv2.INTER_LINEAR)
    labels = flat(pieces, cv2.INTER_NEAREST)
    top, left, height, width = frame
    window = (slice(top, top + height), slice(left, left + width))
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[window] = True
    labels = np.where(inside, labels, 0).astype(np.uint8)
    ground = background(rng, height, width, white) * _shadow(rng, alpha[window])[..., None]
    if rng.random() < 0.4:
        premultiplied *= _rounded(rng, alpha)[..., None]
    picture = encode(premultiplied[window] + ground * (1 - alpha[window][..., None]))
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    image = np.empty((HEIGHT, WIDTH, 3), np.float32)
    image[:] = edge.mean(0)
    image[window] = picture
    if rng.random() < 0.5:
        image += rng.uniform(0.1, 0.7) * (image - cv2.GaussianBlur(image, (0, 0), 1.0))
    image += rng.uniform(0, 0.012) * rng.standard_normal((HEIGHT, WIDTH, 1)).astype(np.float32)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8), labels, _forward(points, mx, my, inside)


def _frame(rng) -> tuple[int, int, int, int]:
    """Top, left, height and width of a picture of random aspect, letterboxed into 256x192."""
    aspect = rng.choice([0.8, 0.75, 1.0, 0.667, rng.uniform(0.5, 1.4)], p=(0.4, 0.22, 0.15, 0.1, 0.13))
    height = min(HEIGHT, round(WIDTH / aspect))
    width = min(WIDTH, round(HEIGHT * aspect))
    return (HEIGHT - height) // 2, (WIDTH - width) // 2, height, width


def _inverse_map(rng, pieces: np.ndarray, frame) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of the picture, where in the painting it comes from."""
    top, left, height, width = frame
    rows, columns = np.where(pieces > 0)
    x0, x1, y0, y1 = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    tight = rng.uniform(0.7, 1.0) if rng.random() < 0.8 else rng.uniform(0.45, 0.75)
    scale = tight * min(width / (x1 - x0), height / (y1 - y0))
    if rng.random() < 0.3:
        stretch = np.exp(rng.normal(0, 0.07, 2))
    else:
        stretch = np.ones(2)
    room = np.array([width - (x1 - x0) * scale, height - (y1 - y0) * scale]).clip(0)
    centre = np.array([left + width / 2, top + height / 2]) + room / 2 * np.clip(rng.normal(0, 0.3, 2), -0.95, 0.95)
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    angle = np.deg2rad(np.clip(rng.normal(0, 3.0) if rng.random() < 0.7 else 0, -9, 9))
    dx, dy = xx + 0.5 - centre[0], yy + 0.5 - centre[1]
    u, v = (
        (np.cos(angle) * dx + np.sin(angle) * dy) / scale / stretch[0],
        (-np.sin(angle) * dx + np.cos(angle) * dy) / scale / stretch[1],
    )
    if rng.random() < 0.5:
        # Mild perspective.
        size = max(x1 - x0, y1 - y0)
        tilt = rng.normal(0, 0.09, 2) / size
        w = 1 + tilt[0] * u + tilt[1] * v
        u, v = u / w, v / w
    if rng.random() < 0.55:
        # An invisible body: broader or narrower at some heights.
        t = (v + (y1 - y0) / 2) / (y1 - y0)
        u = u * (1 + rng.normal(0, 0.05) * np.sin(np.pi * t * rng.uniform(0.8, 2.2) + rng.uniform(0, 2 * np.pi)))
        u = u + rng.normal(0, 0.015) * (x1 - x0) * np.sin(np.pi * t * rng.uniform(0.7, 2) + rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.6:
        reach, amount = rng.uniform(14, 50), rng.uniform(0.5, 2.6) / scale
        u = u + amount * smooth_noise(rng, u.shape, reach, reach)
        v = v + amount * smooth_noise(rng, u.shape, reach, reach)
    return (u + (x0 + x1) / 2 - 0.5).astype(np.float32), (v + (y0 + y1) / 2 - 0.5).astype(np.float32)


def _forward(points: np.ndarray, mx: np.ndarray, my: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where the points of the painting come to lie; those outside the picture are not present."""
    out = np.zeros((len(points), 3), np.float32)
    fine_x, fine_y = mx[::2, ::2], my[::2, ::2]
    for i, (x, y, present) in enumerate(points):
        if not present:
            continue
        coarse = ((fine_x - x) ** 2 + (fine_y - y) ** 2).argmin()
        row, column = (2 * k for k in np.unravel_index(coarse, fine_x.shape))
        r0, c0 = max(0, row - 3), max(0, column - 3)
        near = (mx[r0 : row + 4, c0 : column + 4] - x) ** 2 + (my[r0 : row + 4, c0 : column + 4] - y) ** 2
        row, column = np.unravel_index(near.argmin(), near.shape)
        row, column = row + r0, column + c0
        step = abs(mx[row, min(column + 1, WIDTH - 1)] - mx[row, max(column - 1, 0)]) + 0.5
        out[i] = column + 0.5, row + 0.5, inside[row, column] and near.min() < step**2
    return out


def _shadow(rng, alpha: np.ndarray) -> np.ndarray:
    """How much light the ground keeps beside the garment."""
    light = np.ones_like(alpha)
    if rng.random() < 0.35:
        return light
    for sigma, reach, strength in (
        (rng.uniform(0.6, 1.5), 1.0, rng.uniform(0, 0.5)),
        (rng.uniform(2, 8), 5.0, rng.uniform(0, 0.45)),
    ):
        move = np.float32([[1, 0, rng.normal(0, reach * 0.6)], [0, 1, abs(rng.normal(0, reach * 0.6))]])
        light *= 1 - strength * cv2.GaussianBlur(cv2.warpAffine(alpha, move, alpha.shape[::-1]), (0, 0), sigma)
    return light


def _rounded(rng, alpha: np.ndarray) -> np.ndarray:
    """Shade towards the outline, as on a body."""
    distance = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    return 1 - rng.uniform(0.05, 0.5) * np.exp(-distance / rng.uniform(3, 16))


def background(rng, height: int, width: int, white: bool = False) -> np.ndarray:
    """Linear RGB of a ground: white, grey, coloured, wood, stone, cloth, or a wall above a floor."""
    kind = 0 if white else rng.choice(8, p=(0.24, 0.24, 0.14, 0.1, 0.08, 0.08, 0.06, 0.06))
    t = np.linspace(0, 1, height, dtype=np.float32)[:, None, None] + np.zeros((1, width, 1), np.float32)
    if kind == 0:
        return np.full((height, width, 3), rng.uniform(0.82, 1.0) if rng.random() < 0.5 else 1.0, np.float32)
    tint = 1 + rng.normal(0, 0.025, 3).astype(np.float32)
    if kind == 1:
        a, b = np.clip(rng.uniform(0.45, 1.0) + rng.normal(0, 0.07, 2), 0.2, 1)
        ground = (a * (1 - t) + b * t) * tint
    elif kind == 2:
        a, b = linear(colour(rng)), linear(colour(rng))
        ground = a * (1 - t) + (a if rng.random() < 0.7 else b) * t
    elif kind == 3:
        ground = _wood(rng, height, width)
    elif kind == 4:
        base = linear(colour(rng)) if rng.random() < 0.4 else np.full(3, rng.uniform(0.1, 0.8)) * tint
        cloud = sum(smooth_noise(rng, (height, width), s, s) * rng.uniform(0, 0.1) for s in (2, 6, 20, 60))
        ground = base * np.clip(1 + cloud, 0.2, 2)[..., None]
    elif kind == 5:
        base, grain = linear(colour(rng)), rng.uniform(0.03, 0.2)
        weave = smooth_noise(rng, (height, width), rng.uniform(2, 9), 2) + smooth_noise(
            rng, (height, width), 2, rng.uniform(2, 9)
        )
        ground = base * np.clip(1 + grain * weave, 0.2, 2)[..., None]
    elif kind == 6:
        line, wall, floor = rng.uniform(0.3, 0.95), linear(colour(rng)), linear(colour(rng))
        ground = np.where(t < line, wall, floor)
    else:
        period = rng.uniform(8, 40)
        yy, xx = np.mgrid[0:height, 0:width]
        chosen = ((xx // period + (yy // period if rng.random() < 0.6 else 0)) % 2)[..., None]
        ground = linear(colour(rng)) * chosen + linear(colour(rng)) * (1 - chosen)
    if rng.random() < 0.3:
        yy, xx = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        ground = (
            ground
            * (
                1
                - rng.uniform(0, 0.4)
                * np.clip((xx - rng.normal(0, 0.4)) ** 2 + (yy - rng.normal(0, 0.4)) ** 2, 0, 2)
                / 2
            )[..., None]
        )
    return np.clip(ground, 0, 1).astype(np.float32)


def _wood(rng, height: int, width: int) -> np.ndarray:
    flip = rng.random() < 0.5
    h, w = (width, height) if flip else (height, width)
    base = linear((rng.uniform(120, 240), rng.uniform(90, 200), rng.uniform(60, 170)))
    base = base if rng.random() < 0.7 else np.full(3, base.mean())
    grain = (
        smooth_noise(rng, (h, w), rng.uniform(20, 60), 2) * rng.uniform(0.05, 0.16)
        + smooth_noise(rng, (h, w), 50, 5) * 0.07
    )
    board = rng.uniform(16, 70)
    row = (np.arange(h) / board).astype(int)
    tone = rng.normal(1, 0.09, row.max() + 1)[row] * np.where(np.arange(h) % board < 1.2, 0.6, 1)
    out = base * (np.clip(1 + grain, 0.3, 2) * tone[:, None])[..., None]
    return (out.transpose(1, 0, 2) if flip else out).astype(np.float32)
