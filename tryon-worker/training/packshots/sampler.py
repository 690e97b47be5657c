"""Random packshots: draws a garment, paints it small, and stages it."""

from dataclasses import dataclass

import cv2
import lower
import numpy as np
import upper
from cloth import PIECES, Cloth, bend, linear, path
from upper import Upper, arm, sleeve_edges

from . import wardrobe
from .artwork import Artwork, colour
from .labels import KEYPOINTS, PARTS
from .landmarks import landmarks
from .staging import stage

if PIECES != PARTS:
    raise ImportError("the painter's pieces and the network's classes differ")

#: Share of the garments that are bleached and laid on white.
_WHITE_ON_WHITE = 0.08


@dataclass
class Packshot:
    """image 256x192x3 and labels 256x192 (bytes); keypoints 19x3: x, y in pixels, in the picture or not."""

    image: np.ndarray
    labels: np.ndarray
    keypoints: np.ndarray


class Sketch(Cloth):
    """A painting so small that stitches and cords are thinner than a pixel: they are drawn paler instead."""

    def _stroke(self, curve, width, closed=False):
        window, m = super()._stroke(curve, width, closed)
        return window, m * min(1.0, width * self.scale)

    def stitch(self, curve, colour=None, length=0.32, gap=0.18, width=0.09):
        window, m = self._stroke(curve, width)
        m = m * length / (length + gap)
        if colour is None:
            self.albedo[window] *= (1 - 0.28 * m)[..., None]
        else:
            self.albedo[window] = self.albedo[window] * (1 - 0.85 * m[..., None]) + linear(colour) * 0.85 * m[..., None]


class Gen:
    """A source of packshots with a pool of artwork of its own."""

    def __init__(self, seed: int):
        self._art = Artwork(np.random.default_rng([seed, 77]))

    def sample(self, rng, views: int = 2) -> list[Packshot]:
        """One random garment, photographed `views` times."""
        garment = wardrobe.garment(rng, self._art)
        cloth, cover, pieces, points = paint(rng, garment)
        white = bool(rng.random() < _WHITE_ON_WHITE)
        if white:
            cloth = 1 - (1 - cloth) * np.float32(rng.uniform(0.06, 0.3))
        return [Packshot(*stage(rng, cloth, cover, pieces, points, white)) for _ in range(views)]


def paint(rng, garment):
    """Linear RGB (HxWx3), coverage, pieces (HxW) and landmarks (19x3, pixels) of a garment, lit, at about 5 pixels a cm or less."""
    painter = upper if isinstance(garment, Upper) else lower
    x0, y0, x1, y1 = _extent(garment)
    margin = 0.05 * max(x1 - x0, y1 - y0)
    box = (x0 - margin, y0 - margin - (10 if rng.random() < 0.2 else 0), x1 + margin, y1 + margin)
    scale = min(230 / (x1 - x0), 300 / (y1 - y0), 6.5)
    c = Sketch(box, garment.seed, round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale), ss=1, fill=1.0)
    prop = rng.random()
    if isinstance(garment, Upper):
        draw = None
        if prop < 0.1 and garment.neck not in ("hood",):
            draw = lambda c: _mannequin(rng, c, garment)
        elif prop < 0.22:
            draw = lambda c: _hanger(rng, c, garment)
        upper.lay(c, garment, draw)
    else:
        lower.lay(c, garment)
        if prop < 0.12:
            _clips(rng, c, garment)
    cloth, cover, mx, my = c.light(painter.waves(garment), rng.uniform(0.5, 1.3), garment.sheen)
    pieces = cv2.remap(c.pieces, mx, my, cv2.INTER_NEAREST)
    found = landmarks(garment)
    _show_cuffs(c, found)
    points = np.zeros((len(KEYPOINTS), 3), np.float32)
    for name, position in found.items():
        at = c.px([position])[0]
        column, row = np.clip(at.astype(int), 0, [c.W - 1, c.H - 1])
        moved = at - [mx[row, column] - column, my[row, column] - row]
        points[KEYPOINTS.index(name)] = (*(moved - 0.5), 1)
    return (cloth * rng.uniform(0.92, 1.06)).astype(np.float32), cover, pieces, points


def _show_cuffs(c: Cloth, points: dict) -> None:
    """Where a sleeve's end is partly below something else, its corner is where it goes out of sight; all hidden: no cuff."""
    for side in ("left", "right"):
        names = f"inner_cuff_{side}", f"outer_cuff_{side}"
        if names[0] not in points:
            continue
        inner, outer = (np.array(points[name]) for name in names)
        # A little up the sleeve from its end, where its pixels are certain.
        armpit = np.array(points[f"armpit_{side}"])
        up = (armpit - inner) / (np.linalg.norm(armpit - inner) + 1e-6)
        line = inner + np.linspace(0.04, 0.96, 40)[:, None] * (outer - inner)
        columns, rows = np.clip(c.px(line + up * 0.5).astype(int), 0, [c.W - 1, c.H - 1]).T
        shown = np.flatnonzero(c.pieces[rows, columns] == PIECES.index(f"{side}_sleeve"))
        if len(shown) < 4:
            del points[names[0]], points[names[1]]
            continue
        for name, at, end in ((names[0], shown[0], 0), (names[1], shown[-1], 39)):
            if abs(at - end) > 3:
                points[name] = tuple(line[at])


def _extent(garment) -> tuple[float, float, float, float]:
    """Box in cm that holds everything the painter lays."""
    if not isinstance(garment, Upper):
        return lower.box(garment)
    x0, y0, x1, y1 = upper.box(garment)
    x1 = max(x1, garment.waist)
    if garment.sleeve:
        for sign in (-1, 1):
            points = np.concatenate(sleeve_edges(arm(garment, sign)))
            x1, y0, y1 = max(x1, points[:, 0].max()), min(y0, points[:, 1].min()), max(y1, points[:, 1].max())
    if garment.neck == "hood":
        wide, high = garment.extra["hood"]
        x1, y0 = max(x1, (garment.neck_w + 5) * wide), -22 * high
    if garment.neck == "strap":
        y0 = -14 * garment.extra["strap_lift"]
    return -x1, y0, x1, y1


def _mannequin(rng, c: Cloth, g: Upper) -> None:
    """A neck in the neck opening."""
    wide, tone = (
        g.neck_w * rng.uniform(0.6, 0.85),
        colour(rng)
        if rng.random() < 0.3
        else "#%02x%02x%02x"
        % tuple(np.clip(np.array([205, 170, 145]) * rng.uniform(0.35, 1.2) + rng.normal(0, 8, 3), 0, 255).astype(int)),
    )
    flat = lambda u, v, scale, r: (
        np.broadcast_to(linear(tone), u.shape + (3,)).astype(np.float32),
        np.zeros(u.shape, np.float32),
        0.2,
    )
    c.piece = "background"
    right = bend((wide, -rng.uniform(5, 16)), (wide * 0.95, -3), (g.neck_w, 1), (g.neck_w + 1, g.neck_d + 5))
    c.panel(path(right, right[::-1] * [-1, 1]), flat, thick=2.0, soft=3.0, shadow=0)


def _hanger(rng, c: Cloth, g: Upper) -> None:
    """A hanger's hook, and its arms where the neck opening shows them."""
    kept = c.pieces.copy()
    tone, thick = colour(rng), rng.uniform(0.3, 1.4)
    flat = lambda u, v, scale, r: (
        np.broadcast_to(linear(tone), u.shape + (3,)).astype(np.float32),
        np.zeros(u.shape, np.float32),
        0.5,
    )
    arms = bend((-g.shoulder, g.slope + 1.2), (0, -1.5 + thick), (g.shoulder, g.slope + 1.2))
    c.panel(path(arms, arms[::-1] + [0, thick]), flat, thick=0.4, soft=0.3, shadow=0.3)
    hook = bend((0, -1), (0, -5), (1.6, -7), (0, -9), (-1.8, -7.4))
    c.panel(path(hook + [-0.25, 0], hook[::-1] + [0.25, 0]), flat, thick=0.3, soft=0.2, shadow=0)
    c.pieces = kept


def _clips(rng, c: Cloth, g) -> None:
    """A clip hanger above the waistband."""
    kept = c.pieces.copy()
    tone = colour(rng)
    flat = lambda u, v, scale, r: (
        np.broadcast_to(linear(tone), u.shape + (3,)).astype(np.float32),
        np.zeros(u.shape, np.float32),
        0.5,
    )
    y, reach = -rng.uniform(2, 5), g.waist * rng.uniform(0.8, 1.2)
    c.panel([(-reach, y - 0.5), (reach, y - 0.5), (reach, y + 0.5), (-reach, y + 0.5)], flat, shadow=0)
    for x in (-0.75, 0.75):
        x = x * g.waist
        c.panel(
            [(x - 1.2, y), (x + 1.2, y), (x + 1.2, rng.uniform(0.5, 2.5)), (x - 1.2, rng.uniform(0.5, 2.5))],
            flat,
            shadow=0.3,
        )
    c.pieces = kept
