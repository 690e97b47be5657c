"""Random poses: mostly people who stand and face the camera with their arms down, as in shop photos."""

from dataclasses import dataclass, field

import numpy as np

from .body import FORWARD, RIGHT, UP, BodyModel, rotation


@dataclass
class Pose:
    """Rotation per bone, and what each hand ("L", "R") does: rests, is in a pocket, or holds a phone or a bag."""

    bones: dict[str, np.ndarray] = field(default_factory=dict)
    hands: dict[str, str] = field(default_factory=lambda: {"L": "rests", "R": "rests"})

    def turn(self, bone: str, matrix: np.ndarray) -> None:
        """Turns a bone further, in the axes of the rest pose."""
        self.bones[bone] = matrix @ self.bones.get(bone, np.eye(3))


def draw_pose(rng, model: BodyModel, vertices: np.ndarray) -> Pose:
    """A pose for the body with those vertices (rest pose)."""
    recorded = model.assets["P"]
    pose = Pose()
    kind = rng.random()
    if kind < 0.17:
        pose.bones = _copy(recorded, rng.choice([n for n in recorded if n.startswith("standing")]))
    elif kind < 0.23:
        pose.bones = _copy(recorded, rng.choice([n for n in recorded if n.startswith("walk")]))
    elif kind < 0.26:
        pose.bones = _copy(recorded, rng.choice(["sit01", "run01"]))
    pose.bones.pop("root", None)
    both_arms = rng.random() if rng.random() < 0.6 else None
    if kind >= 0.58:
        _place_hands(rng, model, vertices, pose)
    for side, sign in (("L", 1), ("R", -1)):
        if kind < 0.26:
            _vary_limbs(rng, model, pose, side, sign)
        else:
            if kind < 0.58:
                _draw_arm(rng, model, pose, side, sign, rng.random() if both_arms is None else both_arms)
            draw_leg(rng, pose, side, sign)
        if rng.random() < 0.5:
            curl = rng.uniform(0, 35)
            for finger in range(2, 6):
                for joint in (1, 2, 3):
                    pose.turn(f"finger{finger}-{joint}.{side}", rotation(FORWARD, -sign * curl))
    n = rng.normal
    pose.turn("spine03", rotation(UP, n(0, 5)) @ rotation(FORWARD, n(0, 3)) @ rotation(RIGHT, n(0, 3)))
    pose.turn("spine01", rotation(UP, n(0, 5)) @ rotation(FORWARD, n(0, 2.5)))
    look = n(0, 12)
    pose.turn("neck01", rotation(UP, look / 2) @ rotation(RIGHT, n(0, 4)) @ rotation(FORWARD, n(0, 3)))
    pose.turn("head", rotation(UP, look / 2) @ rotation(RIGHT, n(0, 5)) @ rotation(FORWARD, n(0, 3)))
    return pose


def _copy(recorded: dict, name: str) -> dict[str, np.ndarray]:
    return {bone: matrix.copy() for bone, matrix in recorded[name].items()}


def _arm(model: BodyModel, vertices: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(model.joint(vertices, f"{side.lower()}-{name}") for name in ("shoulder", "elbow", "hand"))


def _place_hands(rng, model: BodyModel, vertices: np.ndarray, pose: Pose) -> None:
    """Puts the hands where people put them: beside or on the hips, in pockets, together, behind, on crossed arms."""
    both = ("hang", "pocket", "crossed", "clasped", "behind", "hip")
    kind = str(rng.choice([*both, "each"], p=[0.26, 0.13, 0.15, 0.08, 0.06, 0.07, 0.25]))
    upper = "L" if rng.random() < 0.5 else "R"
    for side, sign in (("L", 1), ("R", -1)):
        own = kind
        if kind == "each":
            own = str(
                rng.choice(["hang", "pocket", "hip", "phone", "bag", "clasped"], p=[0.27, 0.22, 0.11, 0.16, 0.16, 0.08])
            )
        target, pole = _target(rng, model, vertices, own, sign, side == upper)
        reach(model, vertices, pose, side, target, pole)
        if own in ("pocket", "phone", "bag"):
            pose.hands[side] = own


def place_both_hands(rng, model: BodyModel, vertices: np.ndarray, pose: Pose, kind: str) -> None:
    """Puts both hands to one of the places of `_target`."""
    for side, sign in (("L", 1), ("R", -1)):
        reach(model, vertices, pose, side, *_target(rng, model, vertices, kind, sign, side == "L"))


def _target(rng, model, vertices, kind: str, sign: int, upper: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where the wrist goes, and the direction in which the elbow points."""
    hip, shoulder = (model.joint(vertices, f"l-{name}") for name in ("upper-leg", "shoulder"))
    torso = vertices[: len(model.nearest_on_tights)]
    torso = torso[(np.abs(torso[:, 0]) < 0.75 * shoulder[0]) & (torso[:, 1] > hip[1]) & (torso[:, 1] < shoulder[1] - 0.7)]
    front, back, u = torso[:, 2].max(), torso[:, 2].min(), rng.uniform
    wide, level = hip[0] * 1.55, lambda share: hip[1] + share * (shoulder[1] - hip[1])
    # x (towards the arm's own side), y, z of the wrist; the same of the elbow's direction.
    x, y, z, pole = {
        "hang": (u(1.1, 1.45) * wide, level(u(-0.25, 0.02)), u(-0.2, 0.7), (0.3, 0, -1)),
        "pocket": (u(0.95, 1.12) * wide, level(u(0.05, 0.2)), u(0.2, 0.9), (1, 0, u(-1.5, -0.3))),
        "crossed": (u(-1.15, -0.5), level(u(0.46, 0.62)), front + (0.6 if upper else 0.25), (0.9, -1, 0.1)),
        "clasped": (u(-0.1, 0.35), level(u(-0.08, 0.4)), front + u(0.3, 0.7), (1, -0.2, 0)),
        "behind": (u(-0.2, 0.4), level(u(0.1, 0.3)), back - u(0.1, 0.4), (1, 0, -0.5)),
        "hip": (u(1.0, 1.15) * wide, level(u(0.2, 0.38)), u(0.0, 0.6), (1, 0, -0.3)),
        "phone": (u(0.2, 1.3), level(u(0.55, 1.15)), front + u(0.8, 1.7), (0.6, -1, 0)),
        "bag": (u(1.2, 1.6) * wide, level(u(-0.25, -0.05)), u(-0.2, 0.8), (0.3, 0, -1)),
    }[kind]
    return np.array([sign * x, y, z]), np.array([sign * pole[0], pole[1], pole[2]])


def reach(model, vertices, pose: Pose, side: str, target: np.ndarray, pole: np.ndarray) -> None:
    """Bends an arm so that its wrist comes to `target` (or as far as it goes), with two rotations."""
    shoulder, elbow, hand = _arm(model, vertices, side)
    upper, lower = elbow - shoulder, hand - elbow
    a, b = np.linalg.norm(upper), np.linalg.norm(lower)
    way = target - shoulder
    distance = np.clip(np.linalg.norm(way), 0.3 * (a + b), 0.995 * (a + b))
    way = way / np.linalg.norm(way)
    along = (a * a + distance * distance - b * b) / (2 * a * distance)
    pole = pole - pole @ way * way
    pole = pole / np.linalg.norm(pole)
    new_upper = a * (along * way + np.sqrt(max(0.0, 1 - along * along)) * pole)
    new_lower = distance * way - new_upper
    hinge, new_hinge = np.cross(upper, lower), np.cross(new_upper, new_lower)
    first = _frame(new_upper, new_hinge) @ _frame(upper, hinge).T
    pose.turn(f"upperarm01.{side}", first)
    pose.turn(f"lowerarm01.{side}", _frame(first.T @ new_lower, hinge) @ _frame(lower, hinge).T)


def _frame(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Columns: unit vectors along one direction, across it, and square to both."""
    along = along / np.linalg.norm(along)
    across = across - across @ along * along
    across = across / np.linalg.norm(across)
    return np.stack([along, across, np.cross(along, across)], 1)


def _draw_arm(rng, model, pose: Pose, side: str, sign: int, choice: float) -> None:
    """An arm of a pose made from nothing; `choice` (0..1) picks its habit."""
    shoulder, elbow, hand = _arm(model, model.base, side)
    hinge, along = np.cross(elbow - shoulder, hand - elbow), elbow - shoulder
    n, uniform = rng.normal, rng.uniform
    if choice < 0.42:  # hanging close to the body
        down, bend, swing = uniform(36, 50), uniform(-40, -8), n(-2, 7)
    elif choice < 0.66:  # hanging
        down, bend, swing = uniform(24, 44), uniform(-45, 5), n(0, 10)
    elif choice < 0.84:  # hand on the hip, or bent in front
        down, bend, swing = uniform(0, 34), uniform(20, 75), n(-5, 12)
    elif choice < 0.96:  # away from the body
        down, bend, swing = uniform(-15, 35), uniform(-45, 60), n(-10, 25)
    else:  # raised
        down, bend, swing = uniform(-110, -20), uniform(-40, 80), n(-15, 25)
    lift = rotation(UP, sign * swing) @ rotation(RIGHT, n(0, 8)) @ rotation(FORWARD, -sign * down)
    pose.turn(f"upperarm01.{side}", lift @ rotation(along, n(0, 25)))
    pose.turn(f"lowerarm01.{side}", rotation(hinge, bend))
    pose.turn(f"lowerarm02.{side}", rotation(hand - elbow, n(0, 25)))
    pose.turn(f"wrist.{side}", rotation(RIGHT, n(0, 12)) @ rotation(FORWARD, n(0, 10)))


def draw_leg(rng, pose: Pose, side: str, sign: int) -> None:
    n, uniform = rng.normal, rng.uniform
    step = n(0, 6) if rng.random() < 0.7 else uniform(-35, 10)
    leg = rotation(RIGHT, step) @ rotation(FORWARD, -sign * uniform(-1, 9)) @ rotation(UP, sign * n(3, 8))
    pose.turn(f"upperleg01.{side}", leg)
    pose.turn(f"lowerleg01.{side}", rotation(RIGHT, abs(n(0, 6)) if rng.random() < 0.75 else uniform(0, 45)))


def _vary_limbs(rng, model, pose: Pose, side: str, sign: int) -> None:
    """Small changes to a recorded pose."""
    shoulder, elbow, hand = _arm(model, model.base, side)
    n = rng.normal
    arm = rotation(RIGHT, n(0, 7)) @ rotation(FORWARD, -sign * rng.uniform(0, 38)) @ rotation(UP, n(0, 7))
    pose.turn(f"upperarm01.{side}", arm)
    pose.turn(f"lowerarm01.{side}", rotation(np.cross(elbow - shoulder, hand - elbow), n(0, 9)))
    pose.turn(f"upperleg01.{side}", rotation(RIGHT, n(0, 4)) @ rotation(FORWARD, n(0, 3)))
    pose.turn(f"lowerleg01.{side}", rotation(RIGHT, abs(n(0, 4))))
