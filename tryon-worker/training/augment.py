"""Makes rendered pictures as varied as photographs: geometry, light, blur, noise, compression, things in front."""

import cv2
import numpy as np


def random_affine(rng, height: int, width: int, zoom: float, turn_degrees: float, shift: float) -> np.ndarray:
    """A 2x3 matrix that turns, scales and moves a picture of `height` x `width` about its centre."""
    scale = float(np.exp(rng.normal(0, zoom)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, turn_degrees), scale)
    matrix[:, 2] += rng.normal(0, shift, 2) * np.array([width, height])
    return matrix


def move_points(points: np.ndarray, matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """Moves (x, y, present) points with a picture; points that leave it are no longer present."""
    moved = points.copy()
    moved[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    inside = (moved[:, 0] >= 0) & (moved[:, 0] < width) & (moved[:, 1] >= 0) & (moved[:, 1] < height)
    moved[:, 2] = points[:, 2] * inside
    return moved


def photographic(rng, image: np.ndarray) -> np.ndarray:
    """Changes exposure, contrast, white balance and sharpness, adds noise and JPEG blocks. uint8 in and out."""
    height, width = image.shape[:2]
    x = image.astype(np.float32)
    if rng.random() < 0.8:
        x *= rng.uniform(0.65, 1.45)
        x = (x - 128) * rng.uniform(0.6, 1.4) + 128
        x *= np.clip(rng.normal(1, 0.08, 3), 0.75, 1.25).astype(np.float32)
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * (rng.uniform(0.3, 1.5) if rng.random() < 0.93 else 0.0)
    if rng.random() < 0.25:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.15:
        factor = int(rng.integers(2, 4))
        small = cv2.resize(x, (width // factor, height // factor), interpolation=cv2.INTER_AREA)
        x = cv2.resize(small, (width, height))
    if rng.random() < 0.35:
        x = x + rng.standard_normal(x.shape, dtype=np.float32) * np.float32(rng.uniform(1, 12))
    x = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 92))]
        x = cv2.imdecode(cv2.imencode(".jpg", x, quality)[1], cv2.IMREAD_COLOR)
    return x


def random_box(rng, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a box of at most a quarter of the picture's sides."""
    h, w = int(rng.uniform(0.05, 0.27) * height), int(rng.uniform(0.05, 0.27) * width)
    top, left = int(rng.uniform(0, height - h)), int(rng.uniform(0, width - w))
    return slice(top, top + h), slice(left, left + w)


def heat_maps(points: np.ndarray, height: int, width: int, stride: int, sigma_cells: float) -> np.ndarray:
    """One Gaussian bump per present point, at `1 / stride` of the picture's size."""
    rows = (np.arange(height // stride, dtype=np.float32) + 0.5) * stride
    columns = (np.arange(width // stride, dtype=np.float32) + 0.5) * stride
    spread = 2 * (sigma_cells * stride) ** 2
    vertical = np.exp(-((rows[None] - points[:, 1, None]) ** 2) / spread)
    horizontal = np.exp(-((columns[None] - points[:, 0, None]) ** 2) / spread)
    maps = vertical[:, :, None] * horizontal[:, None, :] * points[:, 2, None, None]
    return maps.astype(np.float32)
