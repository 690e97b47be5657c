"""What people wear or carry besides clothes: hats, glasses, bags, phones. Simple solids, sized in decimetres."""

from dataclasses import dataclass

import numpy as np

from .textures import draw_colour


@dataclass
class Prop:
    """`kind`: fedora, fedora_cocked, beanie, cap, glasses, sunglasses, crossbody, backpack, handbag or phone.

    `colour` is sRGB bytes, `side` (1 left, -1 right) where it is, `size` multiplies its usual size.
    """

    kind: str
    colour: np.ndarray
    side: int = 1
    size: float = 1.0


def draw_props(rng, hands: dict[str, str]) -> list[Prop]:
    """Mostly nothing; what the hands hold is given."""
    props = []

    def add(kinds: list[str], chance: float) -> None:
        if rng.random() < chance:
            side = 1 if rng.random() < 0.5 else -1
            props.append(Prop(str(rng.choice(kinds)), draw_colour(rng), side, rng.uniform(0.8, 1.25)))

    add(["fedora", "fedora_cocked", "beanie", "beanie", "cap", "cap"], 0.12)
    add(["glasses", "glasses", "sunglasses"], 0.16)
    add(["crossbody", "crossbody", "backpack"], 0.10)
    for side, sign in (("L", 1), ("R", -1)):
        if hands[side] in ("phone", "bag"):
            kind = {"phone": "phone", "bag": "handbag"}[hands[side]]
            colour = np.full(3, rng.uniform(5, 40)) if kind == "phone" and rng.random() < 0.7 else draw_colour(rng)
            props.append(Prop(kind, colour, sign, rng.uniform(0.8, 1.3)))
    return props


def box(centre, size, turn: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (24 x 3; corners are not shared, so that edges stay sharp) and triangles of a box."""
    quads = []
    for axis in range(3):
        for side in (-1, 1):
            first, second = (axis + 1) % 3, (axis + 2) % 3
            for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                corner = np.zeros(3)
                corner[axis], corner[first], corner[second] = side, u * side, v
                quads.append(corner)
    corners = np.array(quads) * np.asarray(size) / 2
    if turn is not None:
        corners = corners @ turn.T
    start = np.arange(6)[:, None] * 4
    faces = np.concatenate([start + [0, 1, 2], start + [0, 2, 3]])
    return corners + centre, faces.astype(np.int32)


def disc(centre, radius: tuple[float, float], hole: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of an upright ellipse facing forward, with a `hole` (share of its radius)."""
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rim = np.stack([np.cos(angles) * radius[0], np.sin(angles) * radius[1], np.zeros(20)], 1)
    first, following = np.arange(20), (np.arange(20) + 1) % 20
    faces = np.concatenate(
        [np.stack([first, following, first + 20], 1), np.stack([following, following + 20, first + 20], 1)]
    )
    return np.concatenate([rim, rim * hole]) + centre, faces.astype(np.int32)


def joined(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Several solids as one."""
    offsets = np.cumsum([0] + [len(vertices) for vertices, _ in parts[:-1]])
    faces = [faces + offset for (_, faces), offset in zip(parts, offsets)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces).astype(np.int32)


def spectacles(left_eye: np.ndarray, right_eye: np.ndarray, dark: bool, size: float):
    """Vertices and triangles of glasses before the eyes (rest pose)."""
    forward = np.array([0, 0, 0.28])
    lens = (0.235 * size, 0.19 * size)
    parts = [disc(eye + forward, lens, 0.0 if dark else 0.8) for eye in (left_eye, right_eye)]
    middle = (left_eye + right_eye) / 2 + forward
    gap = left_eye[0] - right_eye[0] - 2 * lens[0]
    parts.append(box(middle, (max(0.08, gap), 0.05, 0.03)))
    for eye, sign in ((left_eye, 1), (right_eye, -1)):
        parts.append(box(eye + np.array([sign * (lens[0] + 0.12), 0.05, -0.3]), (0.04, 0.06, 1.1)))
    return joined(parts)


def strap_fields(surface, side: int, kind: str, width: float) -> np.ndarray:
    """As cutting.upper_fields: a strap from one shoulder to the other hip, or the two of a backpack."""
    x, y, _ = surface.rest.T
    body = np.where(surface.along_arm > -0.02, -1.0, 9.0)
    if kind == "crossbody":
        top, end = np.array([side * 1.0, 5.7]), np.array([-side * 1.75, 0.6])
        across = np.array([end[1] - top[1], top[0] - end[0]]) / np.linalg.norm(end - top)
        strap = width - np.abs((x - top[0]) * across[0] + (y - top[1]) * across[1])
        return np.stack([strap, y - end[1], body], 1).astype(np.float32)
    strap = width * 1.6 - np.abs(np.abs(x) - 1.2)
    return np.stack([strap, y - 3.0, body], 1).astype(np.float32)
