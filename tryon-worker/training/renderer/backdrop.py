"""What is behind the person."""

import cv2
import numpy as np

from .room import draw_room
from .scene import Backdrop, Light
from .textures import LINEAR, draw_colour, draw_texture, to_linear


def paint(rng, backdrop: Backdrop, light: Light, coverage: np.ndarray) -> np.ndarray:
    """Linear RGB of the size of `coverage`, which says where the person is and casts the soft shadow."""
    height, width = coverage.shape
    if backdrop.colours is not None:
        picture = _wall(backdrop, height, width)
    elif backdrop.room:
        picture = draw_room(rng, height, width) * np.float32(0.4 + backdrop.exposure)
    else:
        picture = _place(backdrop, light, height, width)
    if backdrop.clutter:
        picture = np.ascontiguousarray(picture, np.float32)
        for _ in range(backdrop.clutter):
            _add_clutter(rng, picture)
    if backdrop.blur > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), backdrop.blur * height)
    if backdrop.shadow is not None:
        strength, softness, right, down = backdrop.shadow
        soft = cv2.GaussianBlur(coverage, (0, 0), height * softness)
        move = np.float32([[1, 0, right * width], [0, 1, down * height]])
        picture = picture * (1 - strength * cv2.warpAffine(soft, move, (width, height))[:, :, None])
    return picture


def _wall(backdrop: Backdrop, height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    fade = np.hypot(columns / width - 0.5, rows / height - 0.5) * 1.3 if backdrop.radial else rows / height
    fade = np.clip(fade, 0, 1)[:, :, None]
    near, far = backdrop.colours
    return LINEAR[(near * (1 - fade) + far * fade).astype(int)]


def _place(backdrop: Backdrop, light: Light, height: int, width: int) -> np.ndarray:
    """The light probe seen through a lens."""
    probe_height, probe_width = light.probe.shape[:2]
    focal = 0.5 * height / np.tan(np.deg2rad(backdrop.field_of_view) / 2)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (columns - width / 2) / focal, -(rows - height / 2) / focal
    tilt = np.deg2rad(backdrop.pitch)
    up, forward = y * np.cos(tilt) + np.sin(tilt), y * np.sin(tilt) - np.cos(tilt)
    length = np.sqrt(x * x + up * up + forward * forward)
    v = np.arccos(np.clip(up / length, -1, 1)) / np.pi * probe_height
    u = np.arctan2(x, -forward) / (2 * np.pi) % 1 * probe_width
    seen = cv2.remap(light.probe, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    exposed = seen * backdrop.exposure * light.exposure / (light.probe.mean() + 1e-6)
    return exposed / (1 + 0.35 * exposed)


def _add_clutter(rng, picture: np.ndarray) -> None:
    """A box, an ellipse, a line or a patterned panel, drawn in place."""
    height, width = picture.shape[:2]
    colour = tuple(float(c) for c in to_linear(draw_colour(rng)) * rng.uniform(0.3, 1))
    x, y = int(rng.uniform(-0.1, 1.1) * width), int(rng.uniform(-0.1, 1.1) * height)
    w, h = int(rng.exponential(0.12) * width) + 3, int(rng.exponential(0.2) * height) + 3
    kind = rng.choice(4, p=[0.3, 0.3, 0.3, 0.1])
    if kind == 0:
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
    elif kind == 1:
        cv2.ellipse(picture, (x, y), (w, h), float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    elif kind == 2:
        end = (int(rng.uniform(0, 1) * width), int(rng.uniform(0, 1) * height))
        cv2.line(picture, (x, y), end, colour, int(rng.integers(2, max(3, width // 30))), cv2.LINE_AA)
    else:
        h, w = min(h * 2, height), min(w * 2, width)
        x, y = max(0, min(width - w, x)), max(0, min(height - h, y))
        part = int(rng.integers(120, 512))
        panel = cv2.resize(draw_texture(rng, "any")[0][:part, :part], (w, h), interpolation=cv2.INTER_AREA)
        picture[y : y + h, x : x + w] = LINEAR[panel] * rng.uniform(0.4, 1)
