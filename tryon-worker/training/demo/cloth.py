"""A flat-lay painter: garments are laid out in centimetres, panel over panel, with a height field that is lit at the end.

x grows to the right from the middle of the garment, y downwards from the shoulder or waist line. Colours are linear RGB.
"""

import cv2
import numpy as np

#: What a pixel of a garment's picture can show, in the order of the garment network's classes. Left and right are as seen.
PIECES = ("background", "body", "left_sleeve", "right_sleeve", "inside", "collar", "hood", "left_leg", "right_leg", "strap")


def linear(colour):
    """'#rrggbb' or sRGB 0..255 to linear 0..1."""
    if isinstance(colour, str):
        colour = [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
    c = np.asarray(colour, np.float32) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encode(x):
    x = np.clip(x, 0, 1)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


def bend(*points, n=24):
    """A smooth curve through all points (Catmull-Rom), ends included."""
    p = np.array(points, float)
    if len(p) == 2:
        return p
    q = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    out = []
    t = np.linspace(0, 1, n, endpoint=False)[:, None]
    for a, b, c, d in zip(q[:-3], q[1:-2], q[2:-1], q[3:]):
        out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*out, p[-1:]])


def mirror(curve):
    """The same curve on the other side, running backwards."""
    return (np.array(curve) * [-1, 1])[::-1]


def path(*parts):
    return np.vstack([np.atleast_2d(np.array(p, float)) for p in parts])


def offset(curve, distance):
    """The curve moved to its left by `distance`."""
    t = np.gradient(np.asarray(curve, float), axis=0)
    t /= np.linalg.norm(t, axis=1, keepdims=True) + 1e-9
    return curve + np.stack([t[:, 1], -t[:, 0]], 1) * distance


def smooth_noise(rng, shape, sx, sy):
    """Zero-mean noise of unit deviation, correlated over sx by sy pixels."""
    fx, fy = max(1, int(sx // 2)), max(1, int(sy // 2))
    small = rng.normal(0, 1, (shape[0] // fy + 3, shape[1] // fx + 3)).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=max(0.4, sx / fx), sigmaY=max(0.4, sy / fy))
    out = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return (out - out.mean()) / (out.std() + 1e-9)


class Cloth:
    """The picture in the making: albedo, height (cm), coverage, occlusion and piece per working pixel.

    Whoever lays panels sets `piece` (a name of PIECES) first; `pieces` then holds the index of the one that is on top.
    """

    def __init__(self, box, seed=1, width=1000, height=1250, ss=2, fill=0.88):
        self.rng = np.random.default_rng(seed)
        self.w, self.h, self.ss = width, height, ss
        self.W, self.H = width * ss, height * ss
        x0, y0, x1, y1 = box
        self.scale = min(fill * self.W / (x1 - x0), fill * self.H / (y1 - y0))
        self.cx, self.cy = self.W / 2 - (x0 + x1) / 2 * self.scale, self.H / 2 - (y0 + y1) / 2 * self.scale
        self.albedo = np.zeros((self.H, self.W, 3), np.float32)
        self.height = np.zeros((self.H, self.W), np.float32)
        self.cover = np.zeros((self.H, self.W), np.float32)
        self.shade_ = np.ones((self.H, self.W), np.float32)
        self.gloss = np.zeros((self.H, self.W), np.float32)
        self.piece, self.pieces = "body", np.zeros((self.H, self.W), np.uint8)
        yy, xx = np.mgrid[0:self.H, 0:self.W].astype(np.float32)
        self.X, self.Y = (xx + 0.5 - self.cx) / self.scale, (yy + 0.5 - self.cy) / self.scale
        self.folds = []

    # -------------------------------------------------------------- drawing
    def px(self, points):
        return np.asarray(points, float) * self.scale + [self.cx, self.cy]

    def _window(self, points, pad):
        p = self.px(points)
        r = int(pad * self.scale) + 4
        x0, y0 = np.maximum(np.floor(p.min(0)).astype(int) - r, 0)
        x1, y1 = np.ceil(p.max(0)).astype(int) + r
        return slice(y0, min(y1, self.H)), slice(x0, min(x1, self.W))

    def mask(self, outline):
        m = np.zeros((self.H, self.W), np.uint8)
        cv2.fillPoly(m, [np.round(self.px(outline) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return m

    def panel(self, outline, fabric, frame=(0, 0, 0), thick=0.35, soft=0.9, lift=0.0, shadow=0.45, reach=0.8, dark=1.0):
        """Lays a piece of fabric; `frame` = (x, y, angle in degrees) of the weave. `dark` dims an inside."""
        win = self._window(outline, 3)
        m8 = self.mask(outline)[win]
        m = m8.astype(np.float32) / 255
        if shadow:
            blur = cv2.GaussianBlur(m, (0, 0), reach * self.scale)
            self.shade_[win] *= 1 - shadow * blur * (1 - m)
        a = np.deg2rad(frame[2])
        x, y = self.X[win] - frame[0], self.Y[win] - frame[1]
        colour, relief, gloss = fabric(x * np.cos(a) + y * np.sin(a), -x * np.sin(a) + y * np.cos(a), self.scale, self.rng)
        d = cv2.distanceTransform((m8 > 127).astype(np.uint8), cv2.DIST_L2, 5) / self.scale
        top = lift + thick * (1 - np.exp(-d / soft)) + relief
        self.albedo[win] = self.albedo[win] * (1 - m[..., None]) + colour * dark * m[..., None]
        self.height[win] = self.height[win] * (1 - m) + top * m
        self.gloss[win] = self.gloss[win] * (1 - m) + gloss * m
        self.shade_[win] = self.shade_[win] * (1 - m) + m * (1 if dark == 1 else dark)
        self.cover[win] = np.maximum(self.cover[win], m)
        self.pieces[win][m8 > 127] = PIECES.index(self.piece)

    def _stroke(self, curve, width, closed=False):
        m = np.zeros((self.H, self.W), np.uint8)
        cv2.polylines(m, [np.round(self.px(curve) * 16).astype(np.int32)], closed, 255, max(1, round(width * self.scale)), cv2.LINE_AA, 4)
        win = self._window(curve, width + 1)
        return win, m[win].astype(np.float32) / 255

    def seam(self, curve, width=0.22, depth=0.10, dark=0.80):
        """A groove where two pieces meet."""
        win, m = self._stroke(curve, width)
        m = cv2.GaussianBlur(m, (0, 0), 0.10 * self.scale)
        self.height[win] -= depth * m
        self.albedo[win] *= (1 - (1 - dark) * m)[..., None]

    def ridge(self, curve, width=0.6, rise=0.12):
        win, m = self._stroke(curve, width)
        self.height[win] += rise * cv2.GaussianBlur(m, (0, 0), width * 0.4 * self.scale)

    def stitch(self, curve, colour=None, length=0.32, gap=0.18, width=0.09):
        """A dashed top stitch; without a colour it only shades the cloth."""
        c = np.asarray(curve, float)
        s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(c, axis=0), axis=1))])
        at = np.arange(0, s[-1], length + gap)
        point = lambda q: np.stack([np.interp(q, s, c[:, 0]), np.interp(q, s, c[:, 1])], 1)
        m = np.zeros((self.H, self.W), np.uint8)
        for a, b in zip(self.px(point(at)), self.px(point(at + length))):
            cv2.line(m, tuple(np.round(a * 16).astype(int)), tuple(np.round(b * 16).astype(int)), 255, max(1, round(width * self.scale)), cv2.LINE_AA, 4)
        win, groove = self._stroke(c, width * 3)
        m = m[win].astype(np.float32) / 255
        self.height[win] -= 0.035 * cv2.GaussianBlur(groove, (0, 0), 0.12 * self.scale)
        if colour is None:
            self.albedo[win] *= (1 - 0.28 * m)[..., None]
        else:
            self.albedo[win] = self.albedo[win] * (1 - 0.85 * m[..., None]) + linear(colour) * 0.85 * m[..., None]
        self.height[win] += 0.05 * m

    def button(self, x, y, radius=0.6, colour="#e9e4d8", metal=False):
        ring = np.linspace(0, 2 * np.pi, 40)
        outline = np.stack([x + radius * np.cos(ring), y + radius * np.sin(ring)], 1)
        flat = lambda u, v, s, r: (np.broadcast_to(linear(colour), u.shape + (3,)).astype(np.float32),
                                   (0.05 * np.cos(np.clip(np.hypot(u, v) / radius, 0, 1) * 5)).astype(np.float32), 0.8 if metal else 0.35)
        self.panel(outline, flat, (x, y, 0), thick=0.22, soft=0.12, lift=0.45, shadow=0.5, reach=0.22)
        if not metal:
            for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
                hole = [[x + dx * radius * 0.24, y + dy * radius * 0.24]] * 2
                win, m = self._stroke(np.array(hole), radius * 0.2)
                self.albedo[win] *= (1 - 0.65 * m)[..., None]

    def decal(self, rgba, cx, cy, width, strength=0.96, angle=0.0):
        """Prints an RGBA picture (uint8, sRGB), `width` cm wide, centred on (cx, cy), on what is already there."""
        h, w = rgba.shape[:2]
        s = width * self.scale / w
        centre = self.px([[cx, cy]])[0]
        a = np.deg2rad(angle)
        rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) * s
        move = np.hstack([rotation, (centre - rotation @ [w / 2, h / 2])[:, None]])
        image = rgba.astype(np.float32) / 255
        image[..., :3] = linear(rgba[..., :3]) * image[..., 3:]
        image = cv2.GaussianBlur(image, (0, 0), max(0.3, 0.4 / s)) if s < 1 else image
        out = cv2.warpAffine(image, move.astype(np.float32), (self.W, self.H), flags=cv2.INTER_LINEAR)
        a = out[..., 3:] * strength
        weave = 1 + 0.03 * self.rng.normal(0, 1, (self.H, self.W, 1)).astype(np.float32)
        self.albedo = self.albedo * (1 - a) + out[..., :3] * strength * weave
        self.height += 0.012 * out[..., 3]

    # ---------------------------------------------------------------- folds
    def crease(self, x, y, angle, length, width=1.6, rise=0.35, curve=0.0):
        """One fold: a ridge from (x, y) along `angle` (degrees, 90 = down), fading at both ends."""
        self.folds.append((x, y, angle, length, width, rise, curve))

    def _fold_field(self, waves):
        k = 4
        X, Y = self.X[::k, ::k], self.Y[::k, ::k]
        out = np.zeros_like(X)
        for x, y, angle, length, width, rise, curve in self.folds:
            a = np.deg2rad(angle)
            s = (X - x) * np.cos(a) + (Y - y) * np.sin(a)
            t = -(X - x) * np.sin(a) + (Y - y) * np.cos(a)
            s = s / length
            d = t - curve * length * (s - 0.5) ** 2 * 2
            spread = width * (0.55 + 0.7 * np.clip(s, 0, 1))
            steep = np.where(d > 0, spread * 0.55, spread)
            out += rise * np.exp(-((d / steep) ** 2)) * np.clip(s * 4, 0, 1) ** 2 * (3 - 2 * np.clip(s * 4, 0, 1)) * np.clip((1 - s) * 1.6, 0, 1) ** 1.5
        unit = self.scale / k
        for amount, sx, sy in waves:
            field = smooth_noise(self.rng, X.shape, sx * unit, sy * unit)
            out += amount * (np.abs(field) ** 0.85 * np.sign(field))
        return cv2.resize(cv2.GaussianBlur(out, (0, 0), 0.9), (self.W, self.H), interpolation=cv2.INTER_CUBIC)

    # ------------------------------------------------------------- photograph
    def light(self, waves=((0.22, 7, 12), (0.07, 2.6, 4.5)), relief=1.0, sheen=0.0):
        """The cloth lit from the upper left: linear RGB, coverage, and where (mx, my) each pixel of them comes from."""
        folds = self._fold_field(waves) * relief
        gy, gx = np.gradient(folds)
        wob = 0.16 * self.scale
        yy, xx = np.mgrid[0:self.H, 0:self.W].astype(np.float32)
        mx = xx + wob * smooth_noise(self.rng, (self.H, self.W), 9 * self.scale, 9 * self.scale) + gx * self.scale * 0.5
        my = yy + wob * smooth_noise(self.rng, (self.H, self.W), 9 * self.scale, 9 * self.scale) + gy * self.scale * 0.5
        mx, my = mx.astype(np.float32), my.astype(np.float32)
        warp = lambda a: cv2.remap(a.astype(np.float32), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        albedo, height, cover, shade = warp(self.albedo), warp(self.height), warp(self.cover), warp(self.shade_)
        gloss = warp(self.gloss)
        total = height + folds
        gy, gx = np.gradient(total * self.scale)
        steep = np.sqrt(gx**2 + gy**2)
        limit = 1 / np.sqrt(1 + (steep / 0.9) ** 2)
        gx, gy = gx * limit, gy * limit
        nz = 1 / np.sqrt(gx**2 + gy**2 + 1)
        nx, ny = -gx * nz, -gy * nz
        key, fill = np.array([-0.46, -0.58, 0.67]), np.array([0.62, 0.10, 0.78])
        lamp = np.clip(nx * key[0] + ny * key[1] + nz * key[2], 0, None) / key[2]
        other = np.clip(nx * fill[0] + ny * fill[1] + nz * fill[2], 0, None) / fill[2]
        hollow = np.ones_like(total)
        for radius, strength in ((0.5, 0.5), (1.6, 0.35), (4.0, 0.22)):
            k = max(1, int(radius * self.scale / 5))
            small = cv2.resize(total, (self.W // k, self.H // k), interpolation=cv2.INTER_AREA)
            low = cv2.resize(cv2.GaussianBlur(small, (0, 0), radius * self.scale / k), (self.W, self.H), interpolation=cv2.INTER_LINEAR)
            hollow -= strength * np.clip((low - total) / (radius * 0.5), 0, 0.6)
        light = (0.34 + 0.52 * lamp + 0.14 * other) * np.clip(hollow, 0.25, 1) * shade
        half = key + [0, 0, 1]
        half = half / np.linalg.norm(half)
        nh = np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1)
        shine = (gloss + sheen) * (0.10 * nh**14 + 0.22 * nh**60) * hollow
        dull = 0.010 * (lamp - 0.6) * hollow
        return albedo * light[..., None] + (shine + np.clip(dull, 0, 1))[..., None], cover, mx, my

    def photograph(self, waves=((0.22, 7, 12), (0.07, 2.6, 4.5)), relief=1.0, background=("#f4f3f1", "#e9e8e5"), sheen=0.0):
        """Lights the cloth from the upper left, on a plain table; returns RGB uint8 of the final size."""
        cloth, cover, _, _ = self.light(waves, relief, sheen)
        table = self._table(cover, background)
        a = np.clip(cover, 0, 1)[..., None]
        out = cv2.resize(cloth * a + table * (1 - a), (self.w, self.h), interpolation=cv2.INTER_AREA)
        out = encode(out * 1.03)
        out = out + 0.25 * (out - cv2.GaussianBlur(out, (0, 0), 1.0))
        out = out + 0.005 * self.rng.normal(0, 1, (self.h, self.w, 1))
        return (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)

    def _table(self, cover, background):
        t = np.linspace(0, 1, self.H, dtype=np.float32)[:, None, None]
        table = linear(background[0]) * (1 - t) + linear(background[1]) * t
        k = 4
        small = cv2.resize(cover, (self.W // k, self.H // k), interpolation=cv2.INTER_AREA)
        dark = np.zeros_like(small)
        unit = self.W / k / 100
        for sigma, dx, dy, strength in ((0.35, 0.2, 0.35, 0.34), (1.3, 0.7, 1.0, 0.20), (4.0, 1.6, 2.4, 0.15)):
            move = np.float32([[1, 0, dx * unit], [0, 1, dy * unit]])
            blur = cv2.GaussianBlur(cv2.warpAffine(small, move, small.shape[::-1]), (0, 0), sigma * unit)
            dark = 1 - (1 - dark) * (1 - strength * blur)
        dark = cv2.resize(dark, (self.W, self.H), interpolation=cv2.INTER_LINEAR)
        return table * (1 - dark)[..., None]
