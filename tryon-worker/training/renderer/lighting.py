"""Ambient light from a probe, as spherical harmonics, and a key light with a shadow map."""

from dataclasses import dataclass

import cv2
import numpy as np

from .figure import Mesh
from .raster import FAR, depth_map
from .scene import Light

SHADOW_SIZE = 320


@dataclass
class KeyLight:
    """Where the key light comes from, and a map of what it reaches first."""

    direction: np.ndarray
    colour: np.ndarray
    shadow: np.ndarray
    matrix: np.ndarray  # 3x4, camera space -> shadow map x, y and depth


def ambient_harmonics(light: Light) -> tuple[np.ndarray, np.ndarray]:
    """9 x 3 coefficients of the irradiance (Ramamoorthi and Hanrahan 2001), and where most light comes from."""
    small = cv2.resize(light.probe, (64, 32), interpolation=cv2.INTER_AREA)
    polar, azimuth = (np.arange(32) + 0.5) / 32 * np.pi, (np.arange(64) + 0.5) / 64 * 2 * np.pi
    x = np.sin(polar)[:, None] * np.sin(azimuth)[None]
    y = np.cos(polar)[:, None] * np.ones(64)[None]
    z = -np.sin(polar)[:, None] * np.cos(azimuth)[None]
    solid_angle = (np.sin(polar) * np.pi / 32 * 2 * np.pi / 64)[:, None]
    basis = [
        0.282095 + 0 * x, 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z,
        0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y),
    ]  # fmt: skip
    lobe = [0.282095] + [0.488603 * 2 / 3] * 3 + [1.092548 / 4, 1.092548 / 4, 0.315392 / 4, 1.092548 / 4, 0.546274 / 4]
    weighted = [(small * (b * solid_angle)[..., None]).sum((0, 1)) * k for b, k in zip(basis, lobe)]
    harmonics = np.array(weighted, np.float32)
    scale = light.exposure / (harmonics[0].mean() + 1e-6)
    grey = harmonics.mean(1, keepdims=True)
    harmonics = (grey + (harmonics - grey) * light.colourfulness) * scale
    main = np.array([harmonics[3].mean(), harmonics[1].mean(), harmonics[2].mean()])
    return harmonics.astype(np.float32), main / (np.linalg.norm(main) + 1e-6)


def key_light(light: Light, main: np.ndarray, mesh: Mesh) -> KeyLight:
    """The key light; without colour it casts no shadow."""
    direction = main + light.key_bend
    direction = direction / np.linalg.norm(direction)
    up = np.array([0, 1, 0]) if abs(direction[1]) < 0.9 else np.array([1, 0, 0])
    right = np.cross(up, direction)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(direction, right), -direction])
    seen = mesh.positions @ axes.T
    low, high = seen.min(0), seen.max(0)
    scale = (SHADOW_SIZE - 8) / max(high[0] - low[0], high[1] - low[1])
    matrix = np.zeros((3, 4))
    matrix[:, :3] = axes * np.array([[scale], [scale], [1]])
    matrix[:2, 3] = 4 - low[:2] * scale
    shadow = np.full((2, 2), FAR, np.float32)
    if light.key_colour.max() > 0:
        points = (mesh.positions @ matrix[:, :3].T + matrix[:, 3]).astype(np.float32)
        shadow = depth_map(points, mesh.faces, mesh.cut, SHADOW_SIZE, SHADOW_SIZE)
    return KeyLight(direction, light.key_colour.astype(np.float64), shadow, matrix)
