"""Colours, patterns and prints of random garments."""

import colorsys

import cv2
import numpy as np
import prints
from cloth import linear, smooth_noise
from fabric import blocks, check, dots, stripes, tiled

_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ0123456789&."


def colour(rng) -> str:
    """'#rrggbb'; white, black and quiet colours are as common as they are in shops."""
    kind = rng.choice(6, p=(0.2, 0.16, 0.1, 0.12, 0.3, 0.12))
    if kind == 0:
        h, s, v = rng.uniform(0.05, 0.17), rng.uniform(0, 0.09), rng.uniform(0.87, 1.0)
    elif kind == 1:
        h, s, v = rng.uniform(), rng.uniform(0, 0.25), rng.uniform(0.06, 0.24)
    elif kind == 2:
        h, s, v = rng.uniform(), rng.uniform(0, 0.08), rng.uniform(0.25, 0.85)
    elif kind == 3:
        h, s, v = rng.uniform(0.56, 0.66), rng.uniform(0.25, 0.7), rng.uniform(0.2, 0.8)
    elif kind == 4:
        h, s, v = rng.uniform(), rng.uniform(0.12, 0.6), rng.uniform(0.3, 0.95)
    else:
        h, s, v = rng.uniform(), rng.uniform(0.6, 1.0), rng.uniform(0.4, 1.0)
    return "#%02x%02x%02x" % tuple(int(255 * x) for x in colorsys.hsv_to_rgb(h, s, v))


def _bytes(hex_colour: str) -> tuple[int, int, int]:
    return tuple(int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))


class Artwork:
    """A pool of tiles and prints; each use recolours one."""

    def __init__(self, rng, tiles: int = 26, placed: int = 30):
        self._tiles = [self._tile(rng) for _ in range(tiles)]
        self._bands = [_knitted_bands(rng) for _ in range(tiles)]
        self._prints = [self._print(rng) for _ in range(placed)]

    def pattern(self, rng, ground: str):
        """A colour, or a function of weave coordinates (cm) that gives linear RGB."""
        other, third = colour(rng), colour(rng)
        kind = rng.choice(9, p=(0.46, 0.12, 0.08, 0.06, 0.1, 0.04, 0.04, 0.04, 0.06))
        if kind == 1:
            period = rng.uniform(0.8, 3) if rng.random() < 0.4 else rng.uniform(1.2, 12)
            return stripes(
                ground,
                other,
                period,
                period * rng.uniform(0.15, 0.7),
                "v" if rng.random() < 0.7 else "u",
                start=rng.uniform(5, 25) if rng.random() < 0.2 else None,
            )
        if kind == 2:
            period = rng.uniform(2, 14)
            return check(
                ground,
                (other, period, period * rng.uniform(0.2, 0.6), 0, rng.uniform(0.4, 0.8)),
                (third, period, max(0.25, period * 0.06), period / 2, 0.7),
            )
        if kind == 3:
            period = rng.uniform(0.9, 2.2) if rng.random() < 0.4 else rng.uniform(1.6, 7)
            return dots(ground, other, period, period * rng.uniform(0.12, 0.4))
        if kind == 4:
            return tiled(_recolour(rng, self._tiles[rng.integers(len(self._tiles))]), rng.uniform(9, 48))
        if kind == 5:
            cuts = np.sort(rng.uniform(8, 70, 2))
            return blocks((ground, cuts[0]), (other, cuts[1]), (third, 999))
        if kind == 6:
            return _clouds(rng, ground, other)
        if kind == 7:
            return _ombre(rng, ground, other)
        if kind == 8:
            tile = self._bands[rng.integers(len(self._bands))]
            return tiled(_recolour(rng, tile), rng.uniform(0.35, 0.9) * 24)
        return ground

    def placed(self, rng, chest_cm: float) -> tuple:
        """Prints for `Upper.prints` on a front of this half width."""
        out = []
        for _ in range(1 if rng.random() < 0.85 else 2):
            width = chest_cm * rng.uniform(0.3, 1.7)
            out.append(
                (
                    _recolour(rng, self._prints[rng.integers(len(self._prints))]),
                    rng.normal(0, 2.5),
                    rng.uniform(18, 44),
                    width,
                )
            )
        return tuple(out)

    def _tile(self, rng) -> np.ndarray:
        pick = lambda: _bytes(colour(rng))
        kind = rng.integers(4)
        if kind < 2:
            tile = prints.floral(
                pick(),
                [pick(), pick(), pick()],
                pick(),
                pick(),
                seed=int(rng.integers(9999)),
                count=int(rng.integers(8, 18)),
            )
        elif kind == 2:
            tile = prints.palms(pick(), [pick() for _ in range(4)], seed=int(rng.integers(9999)))
        else:
            tile = cv2.resize(
                rng.integers(0, 255, (int(rng.integers(3, 12)), int(rng.integers(3, 12)), 3), np.uint8),
                (480, 480),
                interpolation=cv2.INTER_NEAREST if rng.random() < 0.6 else cv2.INTER_CUBIC,
            )
        return cv2.resize(tile, (320, 320), interpolation=cv2.INTER_AREA)

    def _print(self, rng) -> np.ndarray:
        ink = (*_bytes(colour(rng)), 255)
        kind = rng.integers(8)
        if kind == 0:
            page = prints.sunset()
        elif kind == 1:
            page = prints.shapes()
        elif kind == 2:
            page = prints.mountains(ink)
        elif kind == 3:
            page = prints.botanical()
        elif kind == 4:
            page = prints.moon(ink)
        elif kind == 5:
            page = np.zeros((300, 300, 4), np.uint8)
            page[30:270, 30:270, :3] = cv2.resize(
                rng.integers(0, 255, (7, 7, 3), np.uint8), (240, 240), interpolation=cv2.INTER_CUBIC
            )
            page[30:270, 30:270, 3] = 255
        else:
            lines = [
                "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 9)))) for _ in range(int(rng.integers(1, 4)))
            ]
            page = prints.words(lines, ink, int(rng.uniform(120, 300)), int(rng.uniform(0, 16)))
        return cv2.resize(page, (300, 300), interpolation=cv2.INTER_AREA)


def _knitted_bands(rng) -> np.ndarray:
    """A tile of 24 by 24 stitches, 240 pixels: rows of small mirrored motifs in a few colours, as in stranded knitting."""
    yarns = [_bytes(colour(rng)) for _ in range(int(rng.integers(2, 5)))]
    stitches = np.full((24, 24, 3), yarns[0], np.uint8)
    row = 0
    while row < 24:
        height, width = int(rng.integers(1, 9)), int(rng.choice([4, 6, 8, 12]))
        half = rng.random((height, width // 2)) < rng.uniform(0.25, 0.6)
        motif = np.concatenate([half, half[:, ::-1]], 1)
        if height > 2 and rng.random() < 0.7:
            motif = np.concatenate([motif, motif[-2::-1]])
        first, second = rng.choice(len(yarns), 2, replace=False)
        band = np.tile(motif, (1, 24 // width))[: 24 - row, :, None]
        stitches[row : row + len(band)] = np.where(band, yarns[first], yarns[second])
        row += len(band) + int(rng.integers(0, 3))
    return cv2.resize(stitches, (240, 240), interpolation=cv2.INTER_NEAREST)


def _recolour(rng, picture: np.ndarray) -> np.ndarray:
    """The picture with its colour channels exchanged, and sometimes inverted."""
    out = picture.copy()
    rgb = out[..., rng.permutation(3)]
    out[..., :3] = 255 - rgb if rng.random() < 0.2 else rgb
    return out


def _clouds(rng, first: str, second: str):
    """Camouflage, tie-dye or marble."""
    size, hard, seed = rng.uniform(2, 12), rng.random() < 0.5, int(rng.integers(1 << 30))
    a, b = linear(first), linear(second)

    def pattern(u, v):
        field = smooth_noise(np.random.default_rng(seed), u.shape, size * 4, size * 4)
        m = (field > 0.3).astype(np.float32) if hard else np.clip(field * 0.4 + 0.5, 0, 1)
        return a * (1 - m[..., None]) + b * m[..., None]

    return pattern


def _ombre(rng, first: str, second: str):
    a, b, start, length = linear(first), linear(second), rng.uniform(0, 50), rng.uniform(15, 60)

    def pattern(u, v):
        m = np.clip((v - start) / length, 0, 1)[..., None]
        return a * (1 - m) + b * m

    return pattern
