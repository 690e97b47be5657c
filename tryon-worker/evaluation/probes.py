"""Garments that are recoloured so that a result says where the garment is, and which part of its picture is where.

The pack's networks look at recoloured packshots anew, so these say what the engine does with nearly the same picture.
"""

import cv2
import numpy as np

#: By how many levels the garment of the second try-on is darker or lighter.
SHADE = 28
#: Red and blue of coded cloth run over these bytes, green stays; light multiplies all three: their ratios outlive it.
_LOW, _RANGE, _MIDDLE = 45.0, 5.0, 110.0


def shade(image: np.ndarray, coverage: np.ndarray) -> tuple[np.ndarray, int]:
    """The packshot (RGB) with its garment (`coverage`, 0 to 1) lighter if it is dark and darker otherwise, and by how much."""
    levels = image[coverage > 0.9].mean(1) if (coverage > 0.9).any() else np.array([128])
    by = -SHADE if np.median(levels) > 90 else SHADE
    if np.percentile(levels, 90) > 205 and by < 0:
        by *= 2  # Light makes white cloth whiter than white can be: less than that is not seen to follow.
    return np.clip(image + by * coverage[..., None] + 0.5, 0, 255).astype(np.uint8), by


def silhouette(result: np.ndarray, shaded: np.ndarray, by: int) -> np.ndarray:
    """Coverage (0 to 1) of the garment in a result, from how much its pixels follow the shade of their picture.

    The watermark moves single pixels by up to four levels on each side: a mean over 3 by 3 pixels takes most of it.
    """
    follows = (shaded.astype(np.float32) - result) * np.sign(by)
    return np.clip(cv2.GaussianBlur(follows, (3, 3), 0).mean(2) / abs(by), 0, 1)


def _span(coverage: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(coverage > 0.02)
    return np.array([columns.min(), rows.min()]), np.maximum(1, [np.ptp(columns), np.ptp(rows)])


def coded(image: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """The packshot with cloth whose colour says where in the picture it is; see `decode`."""
    start, span = _span(coverage)
    y, x = np.mgrid[: coverage.shape[0], : coverage.shape[1]]
    u, v = np.clip((x - start[0]) / span[0], 0, 1), np.clip((y - start[1]) / span[1], 0, 1)
    cloth = np.stack([_LOW * _RANGE**u, np.full(u.shape, _MIDDLE), _LOW * _RANGE**v], 2)
    alpha = coverage[..., None]
    return np.clip(cloth * alpha + image * (1 - alpha) + 0.5, 0, 255).astype(np.uint8)


def decode(picture: np.ndarray, coverage: np.ndarray, spread: int = 9) -> np.ndarray:
    """H x W x 2: the place (x, y) in the packshot that the colours of `coded` cloth say, a mean over `spread` pixels."""
    start, span = _span(coverage)
    colours = np.maximum(cv2.blur(picture.astype(np.float32), (spread, spread)), 1)
    share = np.log(colours[..., [0, 2]] / colours[..., [1]] * (_MIDDLE / _LOW)) / np.log(_RANGE)
    return share * span + start + 0.5
