"""Artwork of the demo garments: placed prints (RGBA) and seamless tiles (RGB), all drawn here."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 1200


def _page(ground=None):
    return Image.new("RGBA", (SIZE, SIZE), ground or (0, 0, 0, 0))


def text(draw, centre, words, size, fill, weight=0, spacing=0):
    """Centred line of text in Pillow's built-in face, letter by letter so that it can be spaced."""
    font = ImageFont.load_default(size)
    widths = [draw.textlength(ch, font=font) + spacing for ch in words]
    x = centre[0] - (sum(widths) - spacing) / 2
    for ch, w in zip(words, widths):
        draw.text((x, centre[1]), ch, font=font, fill=fill, anchor="lm", stroke_width=weight, stroke_fill=fill)
        x += w


def sunset():
    page = _page()
    d = ImageDraw.Draw(page)
    top, low = np.array([246, 190, 78]), np.array([214, 74, 62])
    for y in range(150, 750):
        half = np.sqrt(max(0, 300**2 - (y - 450) ** 2))
        t = (y - 150) / 600
        gap = t > 0.45 and ((y - 420) % 66) < 8 + 34 * (t - 0.45)
        if not gap and half > 0:
            d.line([(600 - half, y), (600 + half, y)], fill=(*(top * (1 - t) + low * t).astype(int), 255))
    for k, colour in enumerate(((33, 72, 96), (52, 110, 128), (120, 168, 168))):
        x = np.arange(140, 1061, 4)
        y = 790 + k * 62 + 20 * np.sin(x / 75 + k * 1.3)
        d.polygon([*zip(x, y - 13), *zip(x[::-1], y[::-1] + 13)], fill=(*colour, 255))
    text(d, (600, 1050), "LONG WAY HOME", 92, (33, 60, 84, 255), 3, 14)
    return np.array(page)


def shapes():
    page = _page()
    d = ImageDraw.Draw(page)
    ink, red, ochre, blue, sand = (38, 38, 44, 255), (206, 78, 58, 255), (226, 168, 62, 255), (52, 92, 140, 255), (214, 196, 170, 255)
    s, o = 270, 195
    at = lambda i, j: (o + i * s, o + j * s - 40, o + i * s + s, o + j * s + s - 40)
    d.rectangle(at(0, 0), fill=red)
    d.pieslice((o, o - 40, o + 2 * s, o - 40 + 2 * s), 180, 270, fill=sand)
    d.ellipse(at(1, 0), fill=ochre)
    d.polygon([at(2, 0)[:2], (at(2, 0)[0], at(2, 0)[3]), at(2, 0)[2:]], fill=blue)
    d.pieslice((o, o + s - 40 - s, o + s * 2, o + 2 * s - 40), 90, 180, fill=ink)
    d.rectangle(at(1, 1), fill=sand)
    for k in range(5):
        d.rectangle((o + s, o + s - 40 + k * 56, o + 2 * s, o + s - 40 + k * 56 + 24), fill=ink)
    d.rectangle(at(2, 1), fill=ochre)
    d.ellipse((o + 2 * s + 60, o + s + 20, o + 3 * s - 60, o + 2 * s - 100), fill=red)
    d.rectangle(at(0, 2), fill=blue)
    d.pieslice((o - s, o + 2 * s - 40, o + s, o + 4 * s - 40), 270, 360, fill=ochre)
    d.polygon([(o + s, o + 3 * s - 40), (o + 1.5 * s, o + 2 * s - 40), (o + 2 * s, o + 3 * s - 40)], fill=red)
    d.pieslice((o + 2 * s, o + 2 * s - 40, o + 4 * s, o + 4 * s - 40), 180, 270, fill=ink)
    return np.array(page)


def mountains(ink=(236, 232, 222, 255)):
    page = _page()
    d = ImageDraw.Draw(page)
    r = np.random.default_rng(5)
    d.ellipse((720, 160, 900, 340), outline=ink, width=12)
    for k in range(11):
        x = np.arange(110, 1091, 6)
        env = np.exp(-(((x - 600) / 300) ** 2))
        y = 880 - k * 30 - env * (120 + k * 26) * (0.7 + 0.3 * np.sin(x / 70 + k * 0.7) + 0.16 * np.sin(x / 23 + k * 1.9 + r.normal()))
        d.line(list(zip(x, y)), fill=ink, width=7, joint="curve")
    text(d, (600, 1040), "HIGH TRAILS", 96, ink, 2, 26)
    return np.array(page)


def leaf_shape(length, width, n=40):
    t = np.linspace(0, 1, n)
    side = width * np.sin(np.pi * t**0.8) * (1 - 0.25 * t)
    return np.concatenate([np.stack([t * length, side], 1), np.stack([t * length, -side], 1)[::-1]])


def turn(points, angle, at):
    a = np.deg2rad(angle)
    return points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + at


def botanical():
    page = _page()
    d = ImageDraw.Draw(page)
    ink = (44, 82, 62, 255)
    for x0, lean, n, size in ((600, 0, 9, 190), (390, -14, 7, 150), (810, 14, 7, 150)):
        stem = [np.array([x0 + np.sin(t * 2) * 20 + lean * t * 14, 1040 - t * (860 if n == 9 else 640)]) for t in np.linspace(0, 1, 40)]
        d.line([tuple(p) for p in stem], fill=ink, width=9, joint="curve")
        for k in range(n):
            p = stem[int(6 + k * 33 / n)]
            for s in (-1, 1):
                leaf = turn(leaf_shape(size * (1 - 0.05 * k), size * 0.20), -90 + s * (58 - 3 * k) + lean, p)
                d.polygon([tuple(q) for q in leaf], fill=ink if (k + (s > 0)) % 3 else (112, 150, 110, 255))
                mid = turn(np.array([[size * 0.1, 0], [size * 0.8, 0]]), -90 + s * (58 - 3 * k) + lean, p)
                d.line([tuple(q) for q in mid], fill=(240, 238, 230, 255), width=4)
    return np.array(page)


def words(lines, ink, size=230, weight=9, gap=250, spacing=8):
    page = _page()
    d = ImageDraw.Draw(page)
    for k, line in enumerate(lines):
        text(d, (600, 600 + (k - (len(lines) - 1) / 2) * gap), line, size, ink, weight, spacing)
    return np.array(page)


def moon(ink=(232, 226, 208, 255)):
    page = _page()
    d = ImageDraw.Draw(page)
    for k, phase in enumerate((-0.9, -0.5, 0.0, 0.5, 0.9)):
        x, r = 600 + (k - 2) * 215, 62 + 34 * (2 - abs(k - 2))
        yy, xx = np.mgrid[0:SIZE, 0:SIZE]
        disc = (xx - x) ** 2 + (yy - 600) ** 2 < r * r
        dark = (xx - x - phase * -1.3 * r) ** 2 + (yy - 600) ** 2 < r * r if phase else np.zeros_like(disc)
        page.paste(ink, (0, 0), Image.fromarray(((disc & ~dark) * 255).astype(np.uint8)))
    for k in range(26):
        a = k / 26 * 2 * np.pi
        x, y = 600 + 520 * np.cos(a), 600 + 330 * np.sin(a)
        s = 9 if k % 2 else 5
        d.ellipse((x - s, y - s, x + s, y + s), fill=ink)
    return np.array(page)


def _stamp(tile, points, colour, at):
    n = tile.shape[0]
    for dx in (-n, 0, n):
        for dy in (-n, 0, n):
            cv2.fillPoly(tile, [np.round((points + np.array(at) + [dx, dy]) * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def floral(ground, petals, leaf, eye, seed=3, count=15, n=900):
    """Scattered five-petal flowers and leaves, seamless."""
    r = np.random.default_rng(seed)
    tile = np.empty((n, n, 3), np.uint8)
    tile[:] = ground
    placed = []
    for _ in range(4000):
        p = r.uniform(0, n, 2)
        size = r.uniform(46, 84) if len(placed) < count else r.uniform(16, 30)
        far = all(np.hypot(*((p - q + n / 2) % n - n / 2)) > (size + t) * 1.22 for q, t in placed)
        if far:
            placed.append((p, size))
    for k, (p, size) in enumerate(placed):
        if size > 40:
            a = r.uniform(0, 360)
            for s in (40, 200):
                _stamp(tile, turn(leaf_shape(size * 1.55, size * 0.26), a + s, [0, 0]), leaf, p)
            for i in range(5):
                _stamp(tile, turn(leaf_shape(size, size * 0.42), a + i * 72, [0, 0]), petals[k % len(petals)], p)
            ring = np.linspace(0, 2 * np.pi, 24)
            _stamp(tile, np.stack([np.cos(ring), np.sin(ring)], 1) * size * 0.22, eye, p)
        else:
            _stamp(tile, turn(leaf_shape(size * 1.6, size * 0.4), r.uniform(0, 360), [0, 0]), leaf if k % 2 else petals[k % len(petals)], p)
    return tile


def palms(ground, leaves, seed=8, n=1000):
    """Large overlapping fronds, seamless."""
    r = np.random.default_rng(seed)
    tile = np.empty((n, n, 3), np.uint8)
    tile[:] = ground
    for k in range(17):
        p, a = r.uniform(0, n, 2), r.uniform(0, 360)
        colour = leaves[k % len(leaves)]
        for i in range(11):
            t = i / 10
            base = turn(np.array([[t * 300 - 150, 0.0]]), a, p)[0]
            for s in (-1, 1):
                _stamp(tile, turn(leaf_shape(150 * (1.05 - 0.55 * t), 17), a + s * (64 - 34 * t), [0, 0]), colour, base)
    return tile


def fairisle(n=480):
    """A knitted band of diamonds and crosses, one stitch per cell."""
    rows = ["x...x...x...", ".x.x.x.x.x.x", "..x...x...x.", "............", "...o...ooo..", "..ooo...o...", ".oo.oo.....o", "..ooo...o...", "...o...ooo..", "............", "..x...x...x.", ".x.x.x.x.x.x"]
    colours = {".": (232, 224, 206), "x": (150, 62, 52), "o": (46, 70, 92)}
    grid = np.array([[colours[ch] for ch in row] for row in rows], np.uint8)
    return cv2.resize(grid, (n, n), interpolation=cv2.INTER_NEAREST)
