"""Weave, seams, pockets and folds of the base clothes, as functions of the rest-pose position (decimetres)."""

import numpy as np
from numba import njit

from raster import noise3


def _linear(colour):
    c = np.asarray(colour, np.float32) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


@njit(cache=True)
def noise_field(points, fx, fy, fz, seed):
    """Gradient noise: value and gradient (in units of the points) per row of `points`."""
    out = np.empty((len(points), 4), np.float32)
    g = np.zeros(3)
    for i in range(len(points)):
        v = noise3(points[i, 0] * fx, points[i, 1] * fy, points[i, 2] * fz, seed, g)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = v, g[0] * fx, g[1] * fy, g[2] * fz
    return out


def line(distance, width):
    """1 on a line, 0 beside it."""
    return np.clip(1 - np.abs(distance) / width, 0, 1)


def cloth_albedo(m, can, edge, uv):
    """Linear RGB per pixel of a cloth material `m`; `edge` is the distance to the garment's border."""
    n = len(can)
    x, y, z = can.T
    colour = np.ones((n, 1), np.float32) * _linear(m["colour"])
    fine = noise_field(can, 16.0, 16.0, 16.0, 3)[:, 0]
    if m["kind"] == "denim":
        streak = noise_field(can, 14.0, 2.2, 14.0, 5)[:, 0]
        weave = noise_field(can, 40.0, 40.0, 40.0, 9)[:, 0]
        tone = 1 + 0.22 * streak + 0.16 * fine + 0.22 * weave
        thigh = np.exp(-(((np.abs(x) - 1.15) / 0.55) ** 2) - ((y + 1.6) / 1.7) ** 2) * (z > 0.1)
        tone = tone * (1 + 0.32 * thigh) * (1 - 0.10 * np.exp(-(((np.abs(x) - 0.1) / 0.3) ** 2)) * (y < 0.3))
        colour = colour * tone[:, None]
    else:
        grain = noise_field(can, 30.0, 30.0, 30.0, 9)[:, 0]
        colour = colour * (1 + 0.05 * fine + (0.05 + m.get("heather", 0)) * grain)[:, None]
    seam = np.zeros(n, np.float32)
    if m["label"] == 5:
        front = z > 0.15
        waist = m["waist"]
        if m["kind"] in ("denim", "chino"):
            seam += line(y - (waist - 0.36), 0.035)
            fly = np.where(y < waist - 0.36, line(x - 0.02, 0.03), 0) * (y > -0.35) * front
            seam += fly + 0.7 * line(np.hypot(x / 0.26, (y - (waist - 0.36)) / 0.95) - 1, 0.10) * (x > 0) * (y < waist - 0.36) * front
            pocket = np.hypot((np.abs(x) - 1.75) / 0.72, (y - (waist - 0.36)) / 0.62) - 1
            seam += line(pocket, 0.05) * front * (y < waist - 0.36)
            seam += 0.6 * line(pocket + 0.14, 0.035) * front * (y < waist - 0.36)
            button = np.hypot(x - 0.02, y - (waist - 0.18))
            colour = np.where(((button < 0.075) & front)[:, None], _linear((150, 142, 128)), colour)
        if m["end"] > -8:
            seam += 0.7 * line(edge - 0.20, 0.03) * (y < m["waist"] - 1.5)
    else:
        rib = m.get("rib", 0.1)
        neck = (y > 4.75) & (np.abs(x) < 1.6) if not m["sleeveless"] else np.ones(n, bool)
        band = neck & (edge < rib)
        colour = np.where(band[:, None], colour * 0.94, colour)
        seam += 0.9 * line(edge - rib, 0.03) * neck
        seam += 0.5 * line(edge - 0.19, 0.022) * ~neck
    return colour * (1 - 0.42 * np.clip(seam, 0, 1))[:, None]


def fold_normals(m, can, normal, seed):
    """Bends the normals: soft ridged folds, stretched along the body, tighter around joints and waist."""
    strength = m["fold"]
    if strength <= 0:
        return normal
    x, y, z = can.T
    slant = can.copy()
    slant[:, 1] = y + 0.55 * np.abs(x)  # folds fall from the shoulders towards the middle
    if m["label"] == 5:
        a = noise_field(slant, 0.75, 0.95, 0.75, seed + 11)
        b = noise_field(slant, 1.5, 2.6, 1.5, seed + 12)
        knee = np.exp(-(((y + 3.9) / 0.9) ** 2)) + np.exp(-(((y - 0.1) / 0.55) ** 2)) * 0.8 + np.exp(-(((y + 6.9) / 0.7) ** 2)) * 1.2
        amount = 0.20 + 0.75 * np.clip(knee, 0, 1.2)
    else:
        a = noise_field(slant, 0.62, 0.55, 0.62, seed + 21)
        b = noise_field(slant, 1.25, 1.5, 1.25, seed + 22)
        waist = np.exp(-(((y - 1.2) / 1.1) ** 2)) + np.exp(-(((np.hypot(np.abs(x) - 1.7, y - 4.2)) / 0.9) ** 2))
        amount = 0.30 + 0.6 * np.clip(waist, 0, 1)
    ridge = -np.sign(a[:, :1]) * np.clip(np.abs(a[:, :1]) * 5, 0, 1) * a[:, 1:]
    ripple = -np.sign(b[:, :1]) * np.clip(np.abs(b[:, :1]) * 5, 0, 1) * b[:, 1:]
    g = (0.65 * ridge + 0.30 * ripple) * (strength * amount)[:, None]
    g = g - (g * normal).sum(1, keepdims=True) * normal
    out = normal - g
    return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-9)
