"""Draws interiors and streets behind people: sharp edges, regular patterns, and things of the colours of skin and wood."""

import colorsys

import cv2
import numpy as np

from .textures import LINEAR, draw_colour, draw_texture


def draw_room(rng, height: int, width: int) -> np.ndarray:
    """Linear RGB: a wall, perhaps a floor, and a few things before it."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = _quiet(rng)
    _cover_wall(rng, picture)
    if rng.random() < 0.6:
        _lay_floor(rng, picture, int(rng.uniform(0.6, 0.95) * height))
    things = (_window, _door, _frame, _shelf, _curtain, _plant, _bars, _furniture, _crowd)
    for draw in rng.choice(len(things), size=int(rng.integers(1, 7))):
        things[draw](rng, picture)
    shade = np.linspace(rng.uniform(0.7, 1.1), rng.uniform(0.7, 1.1), width, dtype=np.float32)[None, :, None]
    return LINEAR[np.clip(picture * shade, 0, 255).astype(np.uint8)]


def _quiet(rng) -> np.ndarray:
    """A wall's colour: white, grey, pastel, brick or anything."""
    u = rng.random()
    if u < 0.5:
        return np.full(3, rng.uniform(90, 250)) + rng.normal(0, 6, 3)
    if u < 0.8:
        return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, 0.35), rng.uniform(0.4, 0.98))) * 255
    return draw_colour(rng)


def _warm(rng) -> np.ndarray:
    """Skin, wood, rust, cardboard."""
    return np.array(colorsys.hsv_to_rgb(rng.uniform(0.02, 0.11), rng.uniform(0.2, 0.7), rng.uniform(0.2, 0.95))) * 255


def _any(rng) -> tuple:
    return tuple(float(c) for c in (_warm(rng) if rng.random() < 0.35 else draw_colour(rng)))


def _place(rng, picture, low: float, high: float) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a box whose sides are that share of the picture's height."""
    height, width = picture.shape[:2]
    w, h = (int(rng.uniform(low, high) * height) for _ in range(2))
    x, y = int(rng.uniform(-0.1, 1.0) * width - w / 3), int(rng.uniform(-0.1, 0.8) * height)
    return x, y, x + w, y + h


def _cover_wall(rng, picture) -> None:
    """Bricks, tiles, boards, wallpaper or plaster."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    kind = rng.integers(6)
    h, w = rng.uniform(4, 24), rng.uniform(8, 50)
    if kind in (0, 1):
        row = (rows / h).astype(int)
        shifted = columns + (row % 2) * w / 2 * (kind == 0)
        column = (shifted / w).astype(int)
        tone = rng.normal(1, rng.uniform(0.01, 0.15), (row.max() + 1, column.max() + 1))
        picture *= tone[row, column][..., None]
        gap = (rows % h < 1) | (shifted % w < 1)
        picture[gap] = picture[gap] * 0.3 + np.array(_any(rng)) * 0.7
    elif kind == 2:
        picture[(columns % w < rng.uniform(0.05, 0.5) * w)] = _any(rng)
    elif kind == 3:
        size = int(rng.integers(100, 512))
        paper = cv2.resize(draw_texture(rng, "any")[0][:size, :size], (width, height), interpolation=cv2.INTER_AREA)
        picture[:] = paper
    elif kind == 4:
        coarse = rng.normal(0, rng.uniform(2, 14), (height // 6, width // 6, 1)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
        picture += rng.normal(0, rng.uniform(0, 8), (height, width, 1))


def _lay_floor(rng, picture, level: int) -> None:
    height, width = picture.shape[:2]
    picture[level:] = _warm(rng) if rng.random() < 0.5 else _quiet(rng)
    colour, middle = _any(rng), rng.uniform(0, width)
    for x in np.linspace(-3 * width, 4 * width, int(rng.integers(4, 60))):
        end = (int(middle + (x - middle) * 2.5), height)
        cv2.line(picture, (int(x), level), end, colour, 1, cv2.LINE_AA)
    if rng.random() < 0.6:
        cv2.rectangle(picture, (0, level - int(rng.integers(1, 8))), (width, level), _any(rng), -1)


def _window(rng, picture) -> None:
    x0, y0, x1, y1 = _place(rng, picture, 0.2, 0.7)
    sky = np.array([rng.uniform(150, 255), rng.uniform(180, 255), rng.uniform(200, 255)])
    cv2.rectangle(picture, (x0, y0), (x1, y1), tuple(sky), -1)
    if rng.random() < 0.5:
        ground = int(y0 + (y1 - y0) * rng.uniform(0.4, 0.9))
        cv2.rectangle(picture, (x0, ground), (x1, y1), _any(rng), -1)
    frame, thick = _any(rng), int(rng.integers(1, 6))
    for i in range(int(rng.integers(1, 4)) + 1):
        x = int(x0 + (x1 - x0) * i / 2)
        cv2.line(picture, (x, y0), (x, y1), frame, thick)
    for y in (y0, (y0 + y1) // 2, y1):
        cv2.line(picture, (x0, y), (x1, y), frame, thick)


def _door(rng, picture) -> None:
    height, width = picture.shape[:2]
    x, w = int(rng.uniform(-0.1, 1) * width), int(rng.uniform(0.2, 0.5) * width)
    top = int(rng.uniform(0, 0.3) * height)
    colour = _any(rng)
    cv2.rectangle(picture, (x, top), (x + w, height), colour, -1)
    cv2.rectangle(picture, (x, top), (x + w, height), _any(rng), int(rng.integers(1, 5)))
    for i in range(int(rng.integers(0, 4))):
        y = top + int((i + 0.2) * height / 4)
        dark = tuple(c * 0.8 for c in colour)
        cv2.rectangle(picture, (x + w // 6, y), (x + w - w // 6, y + height // 6), dark, int(rng.choice([-1, 1])))


def _frame(rng, picture) -> None:
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = _place(rng, picture, 0.08, 0.4)
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    size = int(rng.integers(60, 512))
    inside = draw_texture(rng, "any")[0][:size, :size]
    picture[y0:y1, x0:x1] = cv2.resize(inside, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    cv2.rectangle(picture, (x0, y0), (x1, y1), _any(rng), int(rng.integers(1, 6)))


def _shelf(rng, picture) -> None:
    """Rows of books, bottles, or goods in a shop."""
    x0, y0, x1, y1 = _place(rng, picture, 0.25, 0.9)
    cv2.rectangle(picture, (x0, y0), (x1, y1), _any(rng), -1)
    board, row = _any(rng), int(rng.integers(12, 45))
    for y in range(y0 + row, y1, row):
        x = x0
        while x < x1:
            w, tall = int(rng.integers(2, 12)), rng.uniform(0.4, 0.95)
            if rng.random() < 0.85:
                cv2.rectangle(picture, (x, int(y - row * tall)), (min(x + w, x1), y), _any(rng), -1)
            x += w + int(rng.integers(0, 2))
        cv2.line(picture, (x0, y), (x1, y), board, int(rng.integers(1, 4)))


def _curtain(rng, picture) -> None:
    width = picture.shape[1]
    x0, w = int(rng.uniform(-0.2, 0.9) * width), int(rng.uniform(0.15, 0.6) * width)
    x0, x1 = max(0, x0), min(width, x0 + w)
    if x1 <= x0:
        return
    folds = np.sin(np.arange(x1 - x0) * rng.uniform(0.2, 1.2) + rng.uniform(0, 6)) * rng.uniform(0.05, 0.35) + 0.85
    picture[:, x0:x1] = np.array(_any(rng)) * folds[None, :, None]


def _plant(rng, picture) -> None:
    """Leaves or foliage."""
    height, width = picture.shape[:2]
    centre, spread = rng.uniform(0, 1, 2) * (width, height), rng.uniform(10, 60)
    hue = rng.uniform(0.2, 0.42) if rng.random() < 0.8 else rng.random()
    for _ in range(int(rng.integers(20, 140))):
        x, y = (centre + rng.normal(0, spread, 2)).astype(int)
        colour = np.array(colorsys.hsv_to_rgb(hue + rng.normal(0, 0.03), rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.8))) * 255
        axes = (int(rng.integers(2, 12)), int(rng.integers(1, 5)))
        cv2.ellipse(picture, (int(x), int(y)), axes, float(rng.uniform(0, 180)), 0, 360, tuple(colour), -1, cv2.LINE_AA)


def _bars(rng, picture) -> None:
    """Beams, pipes, posts and rails, many of them as wide and as warm as a limb."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 7))):
        a = (int(rng.uniform(-0.2, 1.2) * width), int(rng.uniform(-0.2, 1.2) * height))
        steep = rng.random() < 0.6
        b = (a[0] + int(rng.normal(0, 15 if steep else 150)), a[1] + int(rng.normal(0, 200 if steep else 15)))
        colour, thick = np.array(_any(rng)), int(rng.integers(2, 22))
        cv2.line(picture, a, b, tuple(colour * 0.75), thick, cv2.LINE_AA)
        cv2.line(picture, a, b, tuple(colour), max(1, thick * 2 // 3), cv2.LINE_AA)


def _furniture(rng, picture) -> None:
    """A table, a chair or a sofa: a slab on legs, or round boxes."""
    x0, y0, x1, _ = _place(rng, picture, 0.2, 0.6)
    height = picture.shape[0]
    y0 = int(rng.uniform(0.4, 0.9) * height)
    colour = _any(rng)
    thick = int(rng.integers(3, 60))
    cv2.rectangle(picture, (x0, y0), (x1, y0 + thick), colour, -1)
    for x in (x0, x1):
        cv2.line(picture, (x, y0), (x, height), tuple(c * 0.8 for c in colour), int(rng.integers(2, 12)))


def _crowd(rng, picture) -> None:
    """Small far people as blobs: a head over a body, which belong to the background."""
    height = picture.shape[0]
    for _ in range(int(rng.integers(1, 5))):
        tall = rng.uniform(0.1, 0.33) * height
        x, y = int(rng.uniform(0, 1) * picture.shape[1]), int(rng.uniform(0.3, 0.8) * height)
        head, wide = max(2, int(tall * 0.09)), max(2, int(tall * 0.16))
        for sign in (-1, 1):
            foot = (x + sign * wide // 2, int(y + tall))
            cv2.line(picture, (x + sign * wide // 3, int(y + tall * 0.5)), foot, _any(rng), max(1, wide // 2))
        cv2.ellipse(picture, (x, int(y + tall * 0.35)), (wide, int(tall * 0.24)), 0, 0, 360, _any(rng), -1, cv2.LINE_AA)
        cv2.circle(picture, (x, y), head, tuple(_warm(rng)), -1, cv2.LINE_AA)
