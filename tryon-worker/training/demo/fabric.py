"""Fabrics: functions of weave coordinates (cm) that give colour (linear), relief (cm) and gloss, and patterns on them."""

import numpy as np

from cloth import linear, smooth_noise


def plain(colour):
    """A pattern of one colour."""
    base = linear(colour)
    return lambda u, v: np.broadcast_to(base, u.shape + (3,))


def mix(a, b, m):
    return a * (1 - m[..., None]) + b * m[..., None]


def band(t, period, width, blur):
    """1 inside stripes of `width` repeating every `period`, with edges `blur` wide."""
    d = np.abs((t + period / 2) % period - period / 2)
    return np.clip((width / 2 - d) / blur + 0.5, 0, 1)


def stripes(ground, colour, period=3.0, width=1.2, along="v", second=None, start=None):
    g, c = linear(ground), linear(colour)

    def pattern(u, v):
        t = v if along == "v" else u
        out = mix(g, c, band(t, period, width, 0.06) * (1 if start is None else (v > start)))
        return out if second is None else mix(out, linear(second[0]), band(t + second[1], period, second[2], 0.06))

    return pattern


def check(ground, *lines):
    """Woven check: each line is (colour, period, width, shift, strength), in both directions."""
    g = linear(ground)

    def pattern(u, v):
        out = np.broadcast_to(g, u.shape + (3,))
        for colour, period, width, shift, strength in lines:
            twill = 0.5 + 0.5 * np.sign(np.sin((u + v) * 2 * np.pi / 0.28))
            for t, phase in ((u, 0.35), (v, 0.65)):
                out = mix(out, linear(colour), band(t + shift, period, width, 0.05) * strength * (phase + (1 - phase) * twill * 0.6))
        return out

    return pattern


def dots(ground, colour, period=3.0, radius=0.5):
    g, c = linear(ground), linear(colour)

    def pattern(u, v):
        row = np.floor(v / period)
        du = (u + (row % 2) * period / 2) % period - period / 2
        dv = v % period - period / 2
        return mix(g, c, np.clip((radius - np.hypot(du, dv)) / 0.06 + 0.5, 0, 1))

    return pattern


def tiled(image, size):
    """A seamless RGB tile (uint8) repeated every `size` cm."""
    tile = linear(image)
    n = image.shape[0]

    def pattern(u, v):
        return tile[((v / size % 1) * n).astype(int) % n, ((u / size % 1) * n).astype(int) % n]

    return pattern


def blocks(*cuts):
    """Colour blocks from top to bottom: (colour, y where it ends)."""
    def pattern(u, v):
        out = np.broadcast_to(linear(cuts[-1][0]), u.shape + (3,))
        for colour, end in reversed(cuts[:-1]):
            out = mix(out, linear(colour), np.clip((end - v) / 0.08 + 0.5, 0, 1))
        return out

    return pattern


#: Below this many pixels per cm a fine weave shows only its mean; the kinds that this goes for and their gloss.
COARSE = 10
FINE = {"denim": 0.02, "twill": 0.05, "gabardine": 0.05, "satin": 0.75, "nylon": 0.40, "oxford": 0.02, "jersey": 0.0}


def _weave(kind, u, v, scale, rng):
    """(tone, relief in cm, gloss) of a fabric kind."""
    shape = u.shape
    grain = rng.normal(0, 1, shape).astype(np.float32)
    if scale < COARSE and kind in FINE:
        return 1 + 0.008 * grain + 0.02 * smooth_noise(rng, shape, 3 * scale, 3 * scale), np.zeros(shape, np.float32), FINE[kind]
    if kind == "denim":
        warp = smooth_noise(rng, shape, 0.07 * scale, 0.9 * scale)
        twill = np.sin((u * 0.8 + v * 0.6) * 2 * np.pi / 0.26)
        cloud = smooth_noise(rng, shape, 5 * scale, 9 * scale)
        return 1 + 0.07 * warp + 0.08 * twill + 0.07 * grain + 0.05 * cloud, 0.006 * twill + 0.004 * grain, 0.02
    if kind in ("twill", "gabardine"):
        twill = np.sin((u * 0.75 + v * 0.66) * 2 * np.pi / 0.30)
        return 1 + 0.030 * twill + 0.03 * grain, 0.004 * twill, 0.05
    if kind == "linen":
        slub = smooth_noise(rng, shape, 2.6 * scale, 0.10 * scale) + smooth_noise(rng, shape, 0.10 * scale, 2.6 * scale)
        return 1 + 0.040 * slub + 0.03 * grain, 0.006 * slub, 0.02
    if kind == "wool":
        fuzz = smooth_noise(rng, shape, 0.16 * scale, 0.16 * scale)
        return 1 + 0.045 * fuzz + 0.04 * grain, 0.009 * fuzz + 0.003 * grain, 0.0
    if kind == "fleece":
        fuzz = smooth_noise(rng, shape, 0.30 * scale, 0.30 * scale)
        return 1 + 0.025 * fuzz + 0.03 * grain, 0.012 * fuzz, 0.0
    if kind == "knit":
        p, q = 0.62, 0.52
        col = np.abs((u / p) % 1 - 0.5) * 2
        row = ((v + col * 0.28) / q) % 1
        loop = np.sin(np.pi * row) ** 0.7 * (0.55 + 0.45 * np.sin(np.pi * np.abs((u / p * 2) % 1)))
        return 0.80 + 0.30 * loop + 0.03 * grain, 0.075 * loop, 0.0
    if kind == "rib":
        wave = np.cos(u * 2 * np.pi / 0.85)
        return 0.97 + 0.06 * wave + 0.03 * grain, 0.075 * wave, 0.0
    if kind == "cord":
        wave = np.abs(np.sin(u * np.pi / 0.55)) ** 0.6
        return 0.86 + 0.20 * wave + 0.03 * grain, 0.07 * wave, 0.0
    if kind == "satin":
        return 1 + 0.012 * grain, 0.001 * grain, 0.75
    if kind == "puffer":
        wave = np.abs(np.sin(np.pi * v / 8.0))
        pucker = smooth_noise(rng, shape, 0.9 * scale, 2.2 * scale) * (1 - wave) ** 0.6
        return 0.62 + 0.40 * wave**0.35 + 0.012 * grain, 1.5 * wave**0.55 + 0.16 * pucker, 0.30
    if kind == "nylon":
        return 1 + 0.012 * grain, 0.002 * grain, 0.40
    if kind == "oxford":
        basket = np.sin(u * 2 * np.pi / 0.22) * np.sin(v * 2 * np.pi / 0.22)
        return 1 + 0.035 * basket + 0.025 * grain, 0.003 * basket, 0.02
    return 1 + 0.028 * grain + 0.012 * np.cos(u * 2 * np.pi / 0.24), 0.003 * grain, 0.0  # jersey


def fabric(kind, pattern, heather=0.0):
    """A fabric of `kind` dyed with `pattern` (a colour or a function of u, v)."""
    pattern = plain(pattern) if isinstance(pattern, str) else pattern

    def cloth(u, v, scale, rng):
        tone, relief, gloss = _weave(kind, u, v, scale, rng)
        if heather:
            tone = tone + heather * smooth_noise(rng, u.shape, 0.35 * scale, 0.09 * scale)
        return (pattern(u, v) * tone[..., None]).astype(np.float32), np.asarray(relief, np.float32), gloss

    return cloth
