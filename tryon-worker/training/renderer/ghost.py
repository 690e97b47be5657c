"""Packshots of what a rendered person wears: the same garments on a body that is not seen."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .body import Body, BodyModel
from .garments import Garment, LowerCut, SuitCut, UpperCut
from .pose import Pose, reach
from .render import Render, render
from .scene import Backdrop, Camera, Head, Light, Scene

SIZE = (1250, 1000)
#: Pieces, in the order of packshots.labels.PARTS.
BODY, LEFT_SLEEVE, RIGHT_SLEEVE, INSIDE, LEFT_LEG, RIGHT_LEG = 1, 2, 3, 4, 7, 8


@dataclass
class Packshot:
    """A garment alone, evenly lit on a plain ground."""

    image: np.ndarray  # H x W x 3, RGB bytes
    coverage: np.ndarray  # H x W, 0 to 1
    pieces: np.ndarray  # H x W, see packshots.labels.PARTS; left and right as seen
    render: Render


def mannequin(model: BodyModel, male: bool) -> Body:
    """The body of middling build that shops dress."""
    shape = model.morph(float(male), 0.2, np.full(3, 1 / 3), 0.5, 0.45, 0.5, 0.6, 0.4, 0.6)
    return Body(shape, float(male), 0.2, np.full(3, 1 / 3))


def packshot(model: BodyModel, garments: list[Garment], male: bool, seed: int, size: tuple[int, int] = SIZE) -> Packshot:
    """Garments as a shop shows one, and which piece is where."""
    picture = shop_picture(model, garments, male, seed, size)
    coverage = picture.coverage(list(range(len(garments))))
    return Packshot(picture.image, coverage, _pieces(model, garments, picture), picture)


def shop_picture(model: BodyModel, garments: list[Garment], male: bool, seed: int, size: tuple[int, int]) -> Render:
    """Renders garments as a shop shows one: on an invisible mannequin, arms a little away from the body, seen from the front."""
    rng = np.random.default_rng([seed, len("packshot")])
    body = mannequin(model, male)
    scene = Scene(
        body=body,
        pose=_stand(rng, model, body),
        garments=garments,
        head=Head("", np.ones(3), 0.0, "", 0, None, np.zeros(3)),
        camera=Camera(pitch=0.0, distance=150.0, frame="garment", fill=rng.uniform(0.74, 0.84)),
        light=_even_light(rng),
        backdrop=_ground(rng),
        seed=seed + 2,
        ghost=True,
    )
    return render(model, scene, *size)


def _stand(rng, model: BodyModel, body: Body) -> dict[str, np.ndarray]:
    """Upright; both arms straight and equally far from the body, both legs nearly parallel."""
    pose, away = Pose(), np.deg2rad(rng.uniform(16, 34))
    for side, sign in (("L", 1), ("R", -1)):
        shoulder, elbow, hand = (model.joint(body.vertices, f"{side.lower()}-{n}") for n in ("shoulder", "elbow", "hand"))
        long = np.linalg.norm(elbow - shoulder) + np.linalg.norm(hand - elbow)
        target = shoulder + 0.99 * long * np.array([sign * np.sin(away), -np.cos(away), 0.06])
        reach(model, body.vertices, pose, side, target, np.array([0.2 * sign, 0, -1.0]))
    return pose.bones


def _even_light(rng) -> Light:
    """Soft light from all around, a little more of it from above and before."""
    probe = np.ones((32, 64, 3), np.float32) * np.linspace(1.25, 0.75, 32, dtype=np.float32)[:, None, None]
    return Light(
        probe=probe,
        exposure=0.86,
        colourfulness=0.0,
        key_colour=np.full(3, rng.uniform(0.16, 0.26)),
        key_bend=np.array([rng.uniform(-0.4, 0.4), 0.2, 1.6]),
        brightness=rng.uniform(0.96, 1.04),
        soft_shoulder=False,
    )


def _ground(rng) -> Backdrop:
    """White or light grey, with hardly a shadow."""
    tone = np.full(3, rng.uniform(228, 252)) + rng.uniform(-3, 3, 3)
    return Backdrop(
        colours=(np.clip(tone + 3, 0, 254), np.clip(tone - rng.uniform(2, 10), 0, 254)),
        shadow=(rng.uniform(0.05, 0.2), 1 / rng.uniform(60, 110), 0.0, rng.uniform(0.0, 0.008)),
    )


def along_arm(model: BodyModel, canonical: np.ndarray) -> np.ndarray:
    """Place along the arm (negative: torso, 0 shoulder, 1 elbow, 2 wrist) of rest-pose positions (... x 3)."""
    nearest = cKDTree(model.tights.rest).query(canonical.reshape(-1, 3))[1]
    return model.tights.along_arm[nearest].reshape(canonical.shape[:-1])


def _pieces(model: BodyModel, garments: list[Garment], picture: Render) -> np.ndarray:
    """Which piece of the garment each pixel shows. The picture's left is the wearer's right."""
    worn, outer = finest(picture.worn, picture), finest(picture.outer, picture)
    shown = worn >= 0
    pieces = np.zeros(worn.shape, np.uint8)
    place = picture.canonical[shown]
    own = np.full(len(place), BODY, np.uint8)
    left = place[:, 0] < 0
    cut = garments[0].cut
    upper = isinstance(cut, UpperCut) or (isinstance(cut, SuitCut) and cut.upper)
    if isinstance(cut, (LowerCut, SuitCut)) and not upper:
        # Rest-pose legs part at the crotch, half a decimetre below the hips' joints.
        legs = place[:, 1] < -0.1
        own[legs] = np.where(left, LEFT_LEG, RIGHT_LEG)[legs]
    if upper:
        sleeves = along_arm(model, place) > 0.02
        own[sleeves] = np.where(left, LEFT_SLEEVE, RIGHT_SLEEVE)[sleeves]
    own[~outer[shown]] = INSIDE
    pieces[shown] = own
    return pieces


def finest(fine: np.ndarray, picture: Render) -> np.ndarray:
    """The value in the middle of each pixel of a supersampled plane, as labels and canonical positions have it."""
    step = fine.shape[0] // picture.labels.shape[0]
    middle = slice(step // 2, None, step)
    return fine[middle, middle]


def correspondence(wearer: Render, worn: dict[int, int], shot: Render, tolerance: float = 0.06) -> np.ndarray:
    """H x W x 2: where in the packshot (x, y) the cloth of each pixel of the wearer is; NaN where none is or it is not seen.

    `worn` says which of the packshot's garments each of the wearer's is. Points of the cloth are the same that are less than
    `tolerance` decimetres apart on the cloth's surface in rest pose. The inside of the cloth does not count.
    """
    out = np.full((*wearer.labels.shape, 2), np.nan, np.float32)
    own, their = (np.where(finest(r.outer, r), finest(r.worn, r), -1) for r in (wearer, shot))
    for here, there in worn.items():
        mask, (rows, columns) = own == here, np.nonzero(their == there)
        if not mask.any() or not len(rows):
            continue
        distance, nearest = cKDTree(shot.canonical[rows, columns]).query(wearer.canonical[mask], distance_upper_bound=tolerance)
        found = np.isfinite(distance)
        places = np.full((len(distance), 2), np.nan, np.float32)
        places[found] = np.stack([columns, rows], 1)[nearest[found]] + 0.5
        out[mask] = places
    return out
