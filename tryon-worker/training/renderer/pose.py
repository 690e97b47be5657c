"""Random poses: mostly people who stand and face the camera with their arms down, as in shop photos."""

import numpy as np

from .body import FORWARD, RIGHT, UP, BodyModel, rotation


def draw_pose(rng, model: BodyModel) -> dict[str, np.ndarray]:
    """Rotation per bone."""
    recorded = model.assets["P"]
    pose: dict[str, np.ndarray] = {}
    kind = rng.random()
    if kind < 0.25:
        pose = _copy(recorded, rng.choice([n for n in recorded if n.startswith("standing")]))
    elif kind < 0.34:
        pose = _copy(recorded, rng.choice([n for n in recorded if n.startswith("walk")]))
    elif kind < 0.37:
        pose = _copy(recorded, rng.choice(["sit01", "run01"]))
    pose.pop("root", None)

    def turn(bone: str, matrix: np.ndarray) -> None:
        pose[bone] = matrix @ pose.get(bone, np.eye(3))

    both_arms = rng.random() if rng.random() < 0.6 else None
    for side, sign in (("L", 1), ("R", -1)):
        if kind < 0.37:
            _vary_limbs(rng, model, turn, side, sign)
        else:
            _draw_limbs(rng, model, turn, side, sign, rng.random() if both_arms is None else both_arms)
        if rng.random() < 0.5:
            curl = rng.uniform(0, 35)
            for finger in range(2, 6):
                for joint in (1, 2, 3):
                    turn(f"finger{finger}-{joint}.{side}", rotation(FORWARD, -sign * curl))
    n = rng.normal
    turn("spine03", rotation(UP, n(0, 5)) @ rotation(FORWARD, n(0, 3)) @ rotation(RIGHT, n(0, 3)))
    turn("spine01", rotation(UP, n(0, 5)) @ rotation(FORWARD, n(0, 2.5)))
    look = n(0, 12)
    turn("neck01", rotation(UP, look / 2) @ rotation(RIGHT, n(0, 4)) @ rotation(FORWARD, n(0, 3)))
    turn("head", rotation(UP, look / 2) @ rotation(RIGHT, n(0, 5)) @ rotation(FORWARD, n(0, 3)))
    return pose


def _copy(recorded: dict, name: str) -> dict[str, np.ndarray]:
    return {bone: matrix.copy() for bone, matrix in recorded[name].items()}


def _arm(model: BodyModel, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(model.joint(model.base, f"{side.lower()}-{name}") for name in ("shoulder", "elbow", "hand"))


def _draw_limbs(rng, model, turn, side: str, sign: int, choice: float) -> None:
    """An arm and a leg of a pose made from nothing; `choice` (0..1) picks the arm's habit."""
    shoulder, elbow, hand = _arm(model, side)
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
    turn(f"upperarm01.{side}", lift @ rotation(along, n(0, 25)))
    turn(f"lowerarm01.{side}", rotation(hinge, bend))
    turn(f"lowerarm02.{side}", rotation(hand - elbow, n(0, 25)))
    turn(f"wrist.{side}", rotation(RIGHT, n(0, 12)) @ rotation(FORWARD, n(0, 10)))
    step = n(0, 6) if rng.random() < 0.7 else uniform(-35, 10)
    leg = rotation(RIGHT, step) @ rotation(FORWARD, -sign * uniform(-1, 9)) @ rotation(UP, sign * n(3, 8))
    turn(f"upperleg01.{side}", leg)
    turn(f"lowerleg01.{side}", rotation(RIGHT, abs(n(0, 6)) if rng.random() < 0.75 else uniform(0, 45)))


def _vary_limbs(rng, model, turn, side: str, sign: int) -> None:
    """Small changes to a recorded pose."""
    shoulder, elbow, hand = _arm(model, side)
    n = rng.normal
    arm = rotation(RIGHT, n(0, 7)) @ rotation(FORWARD, -sign * rng.uniform(0, 38)) @ rotation(UP, n(0, 7))
    turn(f"upperarm01.{side}", arm)
    turn(f"lowerarm01.{side}", rotation(np.cross(elbow - shoulder, hand - elbow), n(0, 9)))
    turn(f"upperleg01.{side}", rotation(RIGHT, n(0, 4)) @ rotation(FORWARD, n(0, 3)))
    turn(f"lowerleg01.{side}", rotation(RIGHT, abs(n(0, 4))))
