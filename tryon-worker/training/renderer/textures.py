"""Cloth colours and patterns, all drawn."""

import colorsys

import cv2
import numpy as np

SIZE = 512
_BYTES = np.arange(256) / 255
#: sRGB byte -> linear light.
LINEAR = np.where(_BYTES <= 0.04045, _BYTES / 12.92, ((_BYTES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_linear(colour) -> np.ndarray:
    """sRGB bytes (any shape) in linear light."""
    return LINEAR[np.clip(np.asarray(colour), 0, 255).astype(int)]


def draw_colour(rng) -> np.ndarray:
    """A colour that clothes have: much black, white and grey, blues, the colours of skin, browns, then anything."""
    u = rng.random()
    if u < 0.44:
        low, high, spread = (8, 45, 4) if u < 0.16 else (200, 250, 7) if u < 0.32 else (60, 190, 6)
        colour = np.full(3, rng.integers(low, high)) + rng.integers(-spread, spread + 1, 3)
    else:
        hue, saturation, value = (
            (rng.uniform(0.56, 0.68), rng.uniform(0.3, 0.85), rng.uniform(0.15, 0.7)) if u < 0.56
            else (rng.uniform(0.01, 0.09), rng.uniform(0.18, 0.55), rng.uniform(0.45, 0.97)) if u < 0.62
            else (rng.uniform(0.05, 0.13), rng.uniform(0.15, 0.6), rng.uniform(0.4, 0.92)) if u < 0.69
            else (rng.random(), rng.uniform(0.2, 1), rng.uniform(0.2, 1))
        )  # fmt: skip
        colour = np.array(colorsys.hsv_to_rgb(hue, saturation, value)) * 255
    return np.clip(colour, 3, 252).astype(np.float32)


class TexturePool:
    """Patterns drawn once and varied at each use. `kind` is "any", "denim" or "plain"."""

    def __init__(self, rng, size: int):
        counts = {"any": 2.5, "denim": 0.3, "plain": 0.3}
        self._pool = {k: [draw_texture(rng, k) for _ in range(max(8, int(size * c)))] for k, c in counts.items()}

    def draw(self, rng, kind: str = "any") -> tuple[np.ndarray, bool]:
        """A 512x512 texture and whether it is a print that belongs on the middle of the chest."""
        texture, centred = self._pool[kind][rng.integers(len(self._pool[kind]))]
        if rng.random() < 0.25:
            texture = texture[:, :, rng.permutation(3)]
        if rng.random() < 0.2:
            curve = np.clip(255 * _BYTES ** rng.uniform(0.5, 1.8), 2, 253).astype(np.uint8)
            texture = cv2.LUT(np.ascontiguousarray(texture), curve)
        return np.ascontiguousarray(texture), centred


def draw_texture(rng, kind: str) -> tuple[np.ndarray, bool]:
    """A new texture: denim, plain, panels, stripes, checks, dots, camouflage, gradient or a print."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    image = np.ones((SIZE, SIZE, 3), np.float32) * draw_colour(rng)
    u, centred = rng.random(), False
    if kind == "denim":
        image = _denim(rng, rows, columns)
    elif kind == "plain" or u < 0.34:
        pass
    elif u < 0.44:
        image = _panels(rng, image)
    elif u < 0.58:
        image = _stripes(rng, image, rows if rng.random() < 0.7 else columns)
    elif u < 0.68:
        image = _checks(rng, image, rows, columns)
    elif u < 0.75:
        period = rng.choice([20, 32, 48, 72])
        radius = period * rng.uniform(0.15, 0.42)
        x, y = columns % period - period / 2, (rows + columns // period % 2 * period / 2) % period - period / 2
        image = _over(image, draw_colour(rng), x * x + y * y < radius * radius)
    elif u < 0.84:
        for _ in range(rng.integers(1, 5)):
            blobs = rng.normal(0, 1, (rng.integers(4, 40),) * 2).astype(np.float32)
            blobs = cv2.resize(blobs, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
            image = _over(image, draw_colour(rng), blobs > rng.uniform(0.2, 1.2))
    elif u < 0.88:
        image = _over(image, draw_colour(rng), rows / SIZE)
    else:
        image, centred = _print(rng, image), True
    image *= 1 + rng.uniform(0.005, 0.05) * rng.normal(0, 1, (SIZE, SIZE, 1)).astype(np.float32)
    return np.clip(image, 2, 253).astype(np.uint8), centred


def plain_texture(rng, colour: np.ndarray) -> np.ndarray:
    """Cloth of one colour (sRGB bytes) with a little grain."""
    grain = 1 + rng.uniform(0.005, 0.05) * rng.normal(0, 1, (SIZE, SIZE, 1)).astype(np.float32)
    return np.clip(colour * grain, 2, 253).astype(np.uint8)


def _over(image: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    weight = mask.astype(np.float32)[:, :, None]
    return image * (1 - weight) + colour * weight


def _denim(rng, rows, columns) -> np.ndarray:
    colour = colorsys.hsv_to_rgb(rng.uniform(0.57, 0.65), rng.uniform(0.15, 0.7), rng.uniform(0.15, 0.75))
    twill = 1 + 0.10 * np.sign(np.sin((columns + rows) * 1.3)) + rng.normal(0, 0.07, (SIZE, SIZE))
    wash = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 30)
    return (np.array(colour) * 255 * (twill * (1 + 2.7 * wash))[:, :, None]).astype(np.float32)


def _stripes(rng, image, along) -> np.ndarray:
    period, share = rng.choice([8, 14, 24, 40, 64, 100]), rng.uniform(0.2, 0.7)
    image = _over(image, draw_colour(rng), along % period < period * share)
    if rng.random() < 0.3:
        image = _over(image, draw_colour(rng), along % (2 * period) < period * share * 0.4)
    return image


def _checks(rng, image, rows, columns) -> np.ndarray:
    period, share = rng.choice([24, 40, 64, 96]), rng.uniform(0.2, 0.6)
    bands = (columns % period < period * share) * 0.5 + (rows % period < period * share) * 0.5
    image = _over(image, draw_colour(rng), bands)
    lines = ((columns + period * 0.4) % period < 3) | ((rows + period * 0.4) % period < 3)
    return _over(image, draw_colour(rng), lines * 0.7)


def _panels(rng, image) -> np.ndarray:
    """Yokes, pockets, zips, seams and badges: boxes and lines, most of them nearly in the cloth's own colour."""
    canvas, own = np.ascontiguousarray(image, np.float32), image[0, 0]
    for _ in range(rng.integers(3, 16)):
        colour = own * rng.uniform(0.6, 1.3) if rng.random() < 0.6 else draw_colour(rng)
        colour = tuple(float(c) for c in colour)
        x, y = (int(v) for v in rng.uniform(0, SIZE, 2))
        w, h = (int(v) for v in rng.exponential(50, 2) + 6)
        kind = rng.random()
        if kind < 0.4:
            cv2.rectangle(canvas, (x, y), (x + w, y + h), colour, int(rng.choice([-1, -1, 3, 6])))
        elif kind < 0.6:
            cv2.circle(canvas, (x, y), min(w, 40), colour, int(rng.choice([-1, 5])), cv2.LINE_AA)
        elif kind < 0.8:
            end = (x, y + 4 * h) if rng.random() < 0.6 else (x + 4 * w, y)
            cv2.line(canvas, (x, y), end, colour, int(rng.integers(1, 14)), cv2.LINE_AA)
        else:
            edge = SIZE if rng.random() < 0.5 else y + h
            cv2.rectangle(canvas, (0, y), (SIZE, edge), colour, -1)
    return canvas


def _print(rng, image) -> np.ndarray:
    canvas = np.ascontiguousarray(np.clip(image, 0, 255).astype(np.uint8))
    letters = list("ABCDEFGHKLMNOPRSTUVXYZ0123456789")
    for _ in range(rng.integers(1, 6)):
        colour = tuple(float(c) for c in draw_colour(rng))
        x, y, shape = int(rng.normal(256, 45)), int(rng.normal(235, 45)), rng.integers(0, 4)
        if shape == 0:
            text, font = "".join(rng.choice(letters, rng.integers(2, 7))), int(rng.integers(0, 5))
            size, weight = float(rng.uniform(1, 3)), int(rng.integers(2, 9))
            cv2.putText(canvas, text, (x - 90, y), font, size, colour, weight, cv2.LINE_AA)
        elif shape == 1:
            cv2.circle(canvas, (x, y), int(rng.integers(10, 75)), colour, int(rng.choice([-1, 4, 9])), cv2.LINE_AA)
        elif shape == 2:
            w, h = int(rng.integers(10, 90)), int(rng.integers(6, 70))
            cv2.rectangle(canvas, (x - w, y - h), (x + w, y + h), colour, int(rng.choice([-1, 4, 9])))
        else:
            corners = rng.normal(0, 60, (rng.integers(3, 8), 2)).astype(int) + (x, y)
            cv2.fillPoly(canvas, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    return canvas.astype(np.float32)
