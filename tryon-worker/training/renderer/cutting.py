"""Cuts garments out of the surfaces around the body: shapes in rest pose, and fields that are negative outside."""

import numpy as np

from .body import Surface
from .garments import LowerCut, SkirtCut, UpperCut
from .raster import vertex_normals

EVERYWHERE = 9.0


def upper_fields(surface: Surface, cut: UpperCut) -> np.ndarray:
    """Vertices x fields (hem, sleeve, neck, perhaps opening); a point belongs to the garment if none is negative."""
    x, y, z = surface.rest.T
    along = surface.along_arm
    fields = [
        y - cut.hem,
        np.where(along < -0.02, EVERYWHERE, (cut.sleeve - along) * 2.2),
        _neck_field(x, y, z, cut),
    ]
    if cut.opening:
        width, slope = cut.opening
        front = np.abs(x) - (0.12 + width * 0.25 + slope * (5 - y))
        fields.append(np.where(z > 0.1, front, EVERYWHERE))
    return np.stack(fields, 1).astype(np.float32)


def _neck_field(x, y, z, cut: UpperCut) -> np.ndarray:
    radius = 0.84 + cut.neck_width**1.5 * 1.2
    distance = np.sqrt(x**2 + (z - 0.25) ** 2 + (np.maximum(0, 5.35 - y) * 1.2) ** 2)
    if cut.neck == "turtle":
        neck = 6.05 - y
    elif cut.neck == "boat":
        wide = np.sqrt((x * 0.62) ** 2 + (z - 0.25) ** 2 + (np.maximum(0, 5.5 - y) * 1.4) ** 2)
        neck = wide - (radius + 0.1)
    elif cut.neck in ("v", "deepv"):
        depth = cut.v_depth * (1.0 if cut.neck == "v" else 1.8)
        front = np.where(z > 0.2, np.abs(x) - (y - (5.35 - depth * 1.1)) * 0.55, EVERYWHERE)
        neck = np.minimum(distance - radius, front)
    elif cut.neck == "scoop":
        deep = np.sqrt(x**2 + ((z - 0.25) * 0.9) ** 2 + np.maximum(0, 5.1 - y) ** 2)
        neck = deep - (radius + 0.35)
    else:
        neck = distance - radius
    if cut.sleeve < 0:
        strap = cut.strap - np.abs(np.abs(x) - 1.15) * 1.6 + np.maximum(0, 4.9 - y) * 1.1
        neck = np.minimum(neck, np.where(y > 4.2, strap, EVERYWHERE))
    return neck


def lower_fields(surface: Surface, cut: LowerCut) -> np.ndarray:
    """As `upper_fields`, for trousers, shorts and boots."""
    y = surface.rest[:, 1]
    everywhere = np.full(len(y), EVERYWHERE)
    if cut.boot:
        return np.stack([cut.waist - y, everywhere], 1).astype(np.float32)
    arms = np.where(surface.along_arm > -0.02, -1, EVERYWHERE)
    feet = np.where(surface.foot > 0.5, (y + 7.9) * 3, EVERYWHERE) if cut.end < -7 else everywhere
    return np.stack([cut.waist - y, y - cut.end, arms, feet], 1).astype(np.float32)


def shape(rng, surface: Surface, body: np.ndarray, cut: UpperCut | LowerCut) -> np.ndarray:
    """The surface in rest pose on `body`, smoothed, moved out by the garment's ease, and wrinkled."""
    points = surface.matrix @ body
    for _ in range(cut.smoothing):
        points = 0.5 * points + 0.5 * (surface.neighbours @ points)
    normals = vertex_normals(points.astype(np.float32), surface.faces, len(points))
    place, smooth = surface.rest, cut.smoothing**0.5
    y = place[:, 1]
    if isinstance(cut, UpperCut):
        sleeve = np.clip(surface.along_arm, 0, 2) * cut.sleeve_flare * 0.5
        ease = cut.looseness + np.clip((4.5 - y) / 4, 0, 1) * cut.flare * (surface.along_arm < 0.05) + sleeve
        ease = ease + 0.014 * smooth
        ease = np.where(y > 5.2, np.minimum(ease, 0.12 + 0.1 * cut.looseness), ease)
    else:
        # Trousers fit at the waist, so that a shirt can hang over them.
        fit = 1.0 if cut.boot else 0.25 + 0.75 * np.clip((0.7 - y) / 1.8, 0, 1)
        ease = cut.looseness * fit + np.clip(-y / 8, 0, 1) * cut.flare + 0.009 * smooth
    k, phases = rng.uniform(0.5, 2.6), rng.uniform(0, 6, 3)
    bands = np.sin(y * k * 2 + np.sin(place[:, 0] * k * 1.3 + phases[0]) * 1.5 + place[:, 2] * k + phases[1])
    wrinkle = bands * np.sin(place[:, 0] * k + phases[2] + place[:, 2] * 1.2)
    ease = ease * (1 + 0.16 * wrinkle) + 0.006 * wrinkle
    return (points + normals * ease[:, None]).astype(np.float32)


def skirt_fields(surface: Surface, cut: SkirtCut) -> np.ndarray:
    """As `upper_fields`."""
    y = surface.rest[:, 1]
    return np.stack([y - cut.end, cut.top - y], 1).astype(np.float32)


def skirt_shape(rng, surface: Surface, body: np.ndarray, cut: SkirtCut) -> np.ndarray:
    """The skirt surface in rest pose, wider towards the hem, with pleats."""
    points = surface.matrix @ body
    y, depth_centre = surface.rest[:, 1], 0.15
    wide = 1 + np.clip((1.2 - y) / 6, 0, 1) * cut.widening
    x, z = points[:, 0] * wide, (points[:, 2] - depth_centre) * wide + depth_centre
    pleat = 1 + cut.pleat_depth * np.clip((1.5 - y) / 4, 0, 1) * np.sin(np.arctan2(x, z) * cut.pleats + rng.uniform(0, 6))
    return np.stack([x * pleat, points[:, 1], z * pleat], 1).astype(np.float32)
