"""Trousers, shorts and skirts."""

from dataclasses import dataclass, field

import numpy as np

from cloth import PIECES, Cloth, bend, mirror, path
from fabric import fabric


@dataclass
class Lower:
    """Measures in cm of one half, flat; y = 0 is the top of the waistband."""

    kind: str = "trousers"  # trousers, skirt
    weave: str = "denim"
    colour: object = "#3b5378"
    heather: float = 0.0
    waist: float = 20.0
    hip: float = 26.5
    hip_y: float = 20.0
    crotch: float = 27.5
    knee: float = 23.5  # outer x
    length: float = 104.0
    leg: float = 20.0  # hem width of a leg
    spread: float = 3.0  # gap between the legs at the hem, half
    hem: float = 30.0  # skirts: half width
    band: float = 3.8
    fly: bool = True
    jeans: bool = False
    pleats: int = 0
    elastic: bool = False
    thread: str = None
    button: str = "#b58a52"
    metal: bool = True
    placket: bool = False
    pockets: bool = True
    fade: float = 0.0
    turn_up: float = 0.0
    folds: float = 1.0
    sheen: float = 0.0
    seed: int = 1
    extra: dict = field(default_factory=dict)


def paint(g):
    """The packshot of a lower garment as RGB uint8."""
    c = Cloth(box(g), g.seed)
    lay(c, g)
    return c.photograph(waves=waves(g), sheen=g.sheen)


def box(g):
    wide = max(g.hip, g.hem if g.kind == "skirt" else g.spread + g.leg, g.knee if g.kind != "skirt" else 0)
    return -wide, -0.5, wide, g.length


def waves(g):
    """The soft folds of its fabric, for `Cloth.light`."""
    if g.weave == "satin":
        return (0.40 * g.folds, 3, 20), (0.08, 1.8, 6)
    return (0.30 * g.folds, 5, 15), (0.09 * g.folds, 2.4, 4.6)


def lay(c, g):
    """Lays all panels on `c`."""
    cloth = fabric(g.weave, g.colour, g.heather)
    back = path(bend((g.waist - 0.3, 0), (0, 1.2), (-g.waist + 0.3, 0)), bend((-g.waist, g.band), (0, g.band + 2), (g.waist, g.band)))
    c.piece = "inside"
    c.panel(back, cloth, thick=0.2, shadow=0, dark=0.62)
    c.piece = "body"
    if g.kind == "skirt":
        _skirt(c, g, cloth)
    else:
        _legs(c, g, cloth)
    if g.fade:
        _fade(c, g)
    _waistband(c, g, cloth)
    for s in (-1, 1):
        for _ in range(3):
            c.crease(s * g.hip * c.rng.uniform(0.2, 0.9), g.band + c.rng.uniform(1, 10), 90 + c.rng.normal(0, 22), c.rng.uniform(8, 18), c.rng.uniform(0.9, 1.8), c.rng.uniform(0.1, 0.26) * g.folds, c.rng.normal(0, 0.1))


def _legs(c, g, cloth):
    hem_in, hem_out = g.spread, g.spread + g.leg
    short = g.length < 70
    knee_y = g.length * 0.58 if not short else g.length * 0.7
    for s in (-1, 1):
        outer = bend((g.waist, 1.0), (g.hip, g.hip_y), ((g.hip * 0.5 + g.knee * 0.5) if not short else (g.hip + hem_out) / 2 + 0.2, (g.hip_y + knee_y) / 2), (g.knee if not short else (g.hip + 2 * hem_out) / 3, knee_y), (hem_out, g.length))
        inner = bend((hem_in, g.length + 0.3), ((hem_in + 0.4) * 0.75, (g.length + g.crotch) / 2), (0.2, g.crotch))
        shape = path((0, 0.6), outer, inner, (-0.0, g.crotch), (0, 0.6))
        c.piece = "left_leg" if s < 0 else "right_leg"
        c.panel(shape * [s, 1], cloth, (s * 9, 0, s * -1.5), thick=0.4, soft=1.2, shadow=0.28, reach=0.7)
        flat = np.array([s, 1])
        if g.jeans or g.weave in ("twill", "gabardine", "cord", "linen"):
            c.stitch((outer[4:] - [0.7, 0]) * flat, g.thread if g.jeans else None)
        bottom = np.array([(hem_out, g.length), (hem_in, g.length + 0.3)])
        if g.turn_up:
            up = path((hem_out + 0.25, g.length - g.turn_up), (hem_out + 0.25, g.length), (hem_in - 0.25, g.length + 0.3), (hem_in - 0.1, g.length - g.turn_up + 0.3))
            c.panel(up * flat, cloth, thick=0.3, soft=0.4, lift=0.35, shadow=0.4, reach=0.4, dark=1.0)
        elif g.elastic and not short:
            band = path(((hem_out - 0.8), g.length - 5.5), (hem_out - 1.3, g.length), (hem_in + 1.0, g.length + 0.2), (hem_in + 0.6, g.length - 5.3))
            c.panel(band * flat, fabric("rib", g.colour, g.heather), thick=0.3, soft=0.4, lift=0.2, shadow=0.4, reach=0.4)
        else:
            c.stitch((bottom - [0, 1.6]) * flat, g.thread)
        if g.extra.get("crease"):
            c.ridge(bend((s * 11.5, g.band + 9), (s * (g.spread + g.leg / 2 + 0.6), knee_y), (s * (g.spread + g.leg / 2), g.length)), 0.35, 0.16)
        for _ in range(4 if not short else 2):
            y = knee_y + c.rng.normal(0, 7) if not short else c.rng.uniform(min(30, g.length - 8), g.length - 5)
            x = s * (g.spread + g.leg * c.rng.uniform(0.0, 0.3))
            c.crease(x, y, (0 if s > 0 else 180) + s * c.rng.normal(0, 26), c.rng.uniform(9, 17), c.rng.uniform(0.9, 1.9), c.rng.uniform(0.14, 0.36) * g.folds, c.rng.normal(0, 0.2))
        for _ in range(4):
            c.crease(s * 0.8, g.crotch - c.rng.uniform(0, 3), 90 - s * c.rng.uniform(20, 95), c.rng.uniform(9, 18), c.rng.uniform(0.8, 1.5), c.rng.uniform(0.15, 0.34) * g.folds, s * 0.15)
        c.crease(s * c.rng.uniform(8, 15), g.hip_y + 8, 90 + c.rng.normal(0, 6), g.length * 0.5, 2.4, 0.3 * g.folds, c.rng.normal(0, 0.05))
    legs = np.isin(c.pieces, [PIECES.index("left_leg"), PIECES.index("right_leg")])
    c.pieces[legs & (c.Y < g.crotch)] = PIECES.index("body")
    c.piece = "body"
    c.seam([(0, g.band), (0, g.crotch)], 0.22, 0.12, 0.78)
    if g.fly:
        j = bend((2.8, g.band), (2.8, g.band + 9), (2.2, g.band + 13.5), (0.2, g.band + 16))
        c.stitch(j, g.thread)
        if g.jeans:
            c.stitch(j - [0.55, 0.2], g.thread)
            c.stitch([(-0.45, g.band + 15.5), (-0.45, g.crotch)], g.thread)
    _side_pockets(c, g)


def _side_pockets(c, g):
    if not g.pockets:
        return
    for s in (-1, 1):
        if g.jeans:
            line = bend((s * 9.2, g.band), (s * 10.6, g.band + 5.8), (s * 14.4, g.band + 8.6), (s * (g.waist + (g.hip - g.waist) * 0.52), g.band + 8.8))
            c.seam(line, 0.3, 0.22, 0.68)
            for d in (0.35, 1.0):
                c.stitch(line + [s * -d * 0.55, d * 0.75], g.thread)
            for at in (line[0] + [s * 0.1, 0.8], line[-1] - [s * 0.9, -0.7]):
                c.button(at[0], at[1], 0.27, g.button, True)
        else:
            line = np.array([(s * (g.waist - 5.6), g.band), (s * (g.waist + (g.hip - g.waist) * 0.80 - 0.6), g.band + 15)])
            c.seam(line, 0.3, 0.20, 0.70)
            c.stitch(line - [s * 0.7, 0], g.thread)
    if g.jeans:
        coin = bend((11.4, g.band + 3.4), (14.6, g.band + 3.6))
        c.stitch(coin, g.thread)
        c.stitch(np.array([(11.4, g.band + 3.4), (11.6, g.band + 6.8)]), g.thread)


def _fade(c, g):
    """Worn, lighter thighs and whiskers at the hip."""
    short = g.length < 70
    x, y = np.abs(c.X), c.Y
    centre = g.spread + g.leg / 2 if not short else 12.0
    light = np.exp(-(((x - centre) / 5.5) ** 2) - ((y - g.length * (0.42 if not short else 0.7)) / (g.length * 0.30)) ** 2)
    c.albedo *= (1 + g.fade * light)[..., None]
    for s in (-1, 1):
        for k in range(4):
            line = bend((s * 2.5, g.crotch - 4 + k * 2.2), (s * 9, g.crotch - 6.5 + k * 2.4), (s * (g.hip - 4), g.crotch - 10.5 + k * 2.6))
            win, m = c._stroke(line, 0.8)
            import cv2
            c.albedo[win] *= (1 + 0.30 * g.fade * cv2.GaussianBlur(m, (0, 0), 0.5 * c.scale))[..., None]


def _waistband(c, g, cloth):
    b = g.band
    low = bend((g.waist + 0.35, b + 0.4), (0, b + 2.0), (-g.waist - 0.35, b + 0.4))
    top = bend((-g.waist, 0), (0, 1.7), (g.waist, 0))
    if g.elastic:
        c.panel(path(low, top), fabric("rib", g.colour, g.heather), thick=0.5, soft=0.8, lift=0.2, shadow=0.3, reach=0.5)
        for i in range(26):
            x = (i + 0.5) / 13 - 1
            c.crease(x * g.waist, b + 1.0, 90 + c.rng.normal(0, 7) - x * 10, c.rng.uniform(5, 13), 0.5, c.rng.uniform(0.08, 0.2), 0)
        if g.extra.get("cord", True):
            for s in (-1, 1):
                cord = bend((s * 0.8, b * 0.75), (s * 2.4, b + 6), (s * 1.9, b + 14 + s))
                win, m = c._stroke(cord, 0.6)
                c.albedo[win] = c.albedo[win] * (1 - m[..., None]) + 0.75 * m[..., None]
                c.height[win] += 0.5 * m
        return
    c.panel(path(low, top), cloth, (0, 0, 0), thick=0.3, soft=0.4, lift=0.35, shadow=0.4, reach=0.4)
    for curve in (low - [0, 0.45], top[::-1] + [0, 0.45]):
        c.stitch(curve, g.thread)
    if g.kind == "trousers" or g.extra.get("loops"):
        for x in (-13.5, -6.8, 6.8, 13.5):
            y = 1.7 * (1 - (x / g.waist) ** 2)
            c.panel([(x - 0.6, y - 0.2), (x + 0.6, y - 0.2), (x + 0.6, y + b + 0.9), (x - 0.6, y + b + 0.9)], cloth, thick=0.25, soft=0.25, lift=0.7, shadow=0.5, reach=0.35)
    if g.fly and not g.placket:
        c.seam([(0.4, 1.7), (0.4, b + 2.0)], 0.2, 0.15, 0.7)
        c.button(-1.3 if g.kind == "trousers" else 0, b * 0.5 + 1.8, 0.75, g.button, g.metal)


def _skirt(c, g, cloth):
    outer = bend((g.waist, 1.0), (g.waist + (g.hip - g.waist) * 0.75, g.hip_y * 0.5), (g.hip, g.hip_y), ((g.hip + g.hem) / 2, (g.hip_y + g.length) / 2), (g.hem, g.length - 1.6))
    bottom = bend((g.hem, g.length - 1.6), (g.hem * 0.5, g.length - 0.2), (0, g.length + 0.2), (-g.hem * 0.5, g.length - 0.2), (-g.hem, g.length - 1.6))
    c.panel(path((0, 1.0), outer, bottom, mirror(outer)), cloth, thick=0.4, soft=1.2, shadow=0)
    if g.pleats:
        for i in range(1, g.pleats):
            t = i / g.pleats * 2 - 1
            a, b = (t * g.waist, g.band), (t * g.hem, g.length - 1.6 + 1.6 * (1 - t * t))
            c.seam([a, b], 0.16, 0.35, 0.74)
            c.ridge(np.array([a, b]) + [g.hem / g.pleats * 0.55, 0], g.hem / g.pleats * 1.1, 0.35)
    elif g.extra.get("soft"):
        for i in range(g.extra["soft"]):
            t = (i + 0.5) / g.extra["soft"] * 2 - 1 + c.rng.normal(0, 0.04)
            c.crease(t * g.waist * 0.95, g.band + 1, 90 - t * np.rad2deg(np.arctan((g.hem - g.waist) / g.length)), g.length * c.rng.uniform(0.9, 1.35), c.rng.uniform(1.5, 2.6), c.rng.uniform(0.45, 0.8), 0.01)
    c.stitch(bottom - [0, 1.8], g.thread)
    if g.placket:
        c.panel([(-1.9, 1.2), (1.9, 1.2), (1.9, g.length + 0.3), (-1.9, g.length + 0.3)], cloth, thick=0.22, soft=0.3, lift=0.3, shadow=0.4, reach=0.35)
        for x in (-1.45, 1.45):
            c.stitch([(x, 1.4), (x, g.length)], g.thread)
        for y in np.linspace(2.6, g.length - 7, 6):
            c.button(0, y, 0.78, g.button, g.metal)
    if g.jeans:
        _side_pockets(c, g)
        if not g.placket:
            c.seam([(0, g.band), (0, g.length)], 0.2, 0.10, 0.78)
            c.stitch([(0.5, g.band), (0.5, g.length)], g.thread)
