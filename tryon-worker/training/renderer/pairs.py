"""Triplets with exact truth: a person in one garment, the same person in another, and that one's packshot."""

from dataclasses import dataclass, replace

import numpy as np

from .body import Body
from .garments import (
    LOWER, UPPER, Fabric, Garment, LowerCut, SkirtCut, SuitCut, UpperCut, draw_fabric,
)  # fmt: skip
from .ghost import Packshot, along_arm, correspondence, finest, packshot
from .labels import TONES
from .pose import Pose, draw_leg, reach
from .render import Render, render
from .sampler import Gen
from .scene import Backdrop, Camera, Scene
from .textures import plain_texture

#: What is tried on, and its category in the worker's words.
CATEGORIES = {
    "tee": "tops", "long-sleeve": "tops", "shirt": "tops", "dress": "dresses", "skirt": "bottoms", "trousers": "bottoms",
}  # fmt: skip
POSES = ("straight", "away", "hip", "front")
#: Modelled pieces, for men and for women.
_TEES = (("male_casualsuit04", "male_casualsuit06"), ("female_casualsuit01", "male_casualsuit06"))
_LONG_SLEEVES = (("male_casualsuit02",),) * 2
_SHIRTS = (("male_casualsuit03",), ("female_elegantsuit01", "male_casualsuit03"))
_JEANS = (("male_casualsuit03", "male_casualsuit04"), ("female_casualsuit01", "male_casualsuit06"))


@dataclass
class Pair:
    """What is to be rendered. `before` and `after` differ in garments only, those that both wear first."""

    seed: int
    kind: str
    pose: str
    before: Scene
    after: Scene
    kept: int  # how many garments both wear
    male: bool

    @property
    def category(self) -> str:
        """In the worker's words."""
        return CATEGORIES[self.kind]

    @property
    def tone(self) -> str:
        """The wearer's skin, see labels.TONES."""
        return TONES[self.before.head.tone]


@dataclass
class Triplet:
    """The pictures of a pair and what is true of them. Planes are H x W of the wearer's pictures."""

    pair: Pair
    before: Render
    after: Render
    shot: Packshot
    coverage: np.ndarray  # share of each pixel (0 to 1) that shows the new garment
    whole: np.ndarray  # bool: where its outer side would be seen if nothing were before it
    in_front: np.ndarray  # bool: where hair, face or arms are seen before it
    places: np.ndarray  # x, y in the packshot of the cloth seen; NaN where there is none or it is not seen there
    canonical: np.ndarray  # rest-pose position on the cloth, of `whole`
    along_arm: np.ndarray  # negative: torso, 0 shoulder, 1 elbow, 2 wrist, of `whole`


def draw_pair(generator: Gen, seed: int, kind: str | None = None, pose: str | None = None) -> Pair:
    """A random person from the front, standing, with arms down, what they wear and what they try on."""
    rng = np.random.default_rng([seed, len("pair")])
    kinds = list(CATEGORIES)
    kind = kind or kinds[int(rng.integers(len(kinds)))]
    pose = pose or str(rng.choice(POSES, p=[0.4, 0.25, 0.2, 0.15]))
    scene = generator.draw_scene(rng)
    while kind in ("dress", "skirt") and scene.body.male > 0.5:
        scene = generator.draw_scene(rng)
    body, male = scene.body, scene.body.male > 0.5
    kept, old, new = _draw_outfits(rng, generator, kind, male)
    whole = CATEGORIES[kind] != "tops"
    scene = replace(
        scene,
        pose=_stand(rng, generator, body, pose),
        camera=_camera(rng, whole),
        light=replace(scene.light, exposure=rng.uniform(0.6, 0.9), colourfulness=rng.uniform(0, 0.35)),
        backdrop=_backdrop(rng),
        props=[],
        pockets=(),
        paired=True,
    )
    before, after = replace(scene, garments=kept + old), replace(scene, garments=kept + new)
    return Pair(seed, kind, pose, before, after, len(kept), male)


def render_pair(generator: Gen, pair: Pair, height: int = 1024, width: int = 768) -> Triplet:
    """Renders all pictures of a pair."""
    model = generator.model
    before = render(model, pair.before, height, width)
    after = render(model, pair.after, height, width, view=before.view)
    new = list(range(pair.kept, len(pair.after.garments)))
    alone = render(model, replace(pair.after, ghost=True), height, width, view=before.view)
    shot = packshot(model, pair.after.garments[pair.kept :], pair.male, pair.seed)
    whole = np.isin(finest(alone.worn, alone), new) & finest(alone.outer, alone)
    body_parts = np.isin(after.labels, (1, 2, 6, 7))
    canonical = np.where(whole[..., None], alone.canonical, np.nan)
    along = np.full(whole.shape, np.nan, np.float32)
    along[whole] = along_arm(model, alone.canonical[whole])
    return Triplet(
        pair, before, after, shot,
        coverage=after.coverage(new),
        whole=whole,
        in_front=whole & body_parts,
        places=correspondence(after, {i: i - pair.kept for i in new}, shot.render),
        canonical=canonical,
        along_arm=along,
    )  # fmt: skip


def _stand(rng, generator: Gen, body: Body, kind: str) -> dict[str, np.ndarray]:
    """Straight: arms close to the body; away from it; a hand on the hip; a forearm before the belly."""
    model, pose, side_of_it = generator.model, Pose(), "L" if rng.random() < 0.5 else "R"
    for side, sign in (("L", 1), ("R", -1)):
        shoulder, elbow, hand, hip = (
            model.joint(body.vertices, f"{side.lower()}-{n}") for n in ("shoulder", "elbow", "hand", "upper-leg")
        )
        long = np.linalg.norm(elbow - shoulder) + np.linalg.norm(hand - elbow)
        front = body.vertices[(np.abs(body.vertices[:, 0]) < 1) & (np.abs(body.vertices[:, 1] - hip[1] - 1) < 0.5), 2].max()
        angle = np.deg2rad(rng.uniform(8, 15) if kind != "away" else rng.uniform(22, 38))
        hanging = shoulder + long * np.array([sign * np.sin(angle), -np.cos(angle), rng.uniform(0.02, 0.1)])
        hanging[:2] = shoulder[:2] + rng.uniform(0.95, 0.985) * (hanging[:2] - shoulder[:2])
        target, pole = hanging, np.array([0.4 * sign, 0, -1.0])
        if kind == "hip" and (side == side_of_it or rng.random() < 0.4):
            level = hip[1] + rng.uniform(0.25, 0.4) * (shoulder[1] - hip[1])
            target, pole = np.array([sign * abs(hip[0]) * 1.7, level, 0.3]), np.array([sign, 0, -0.3])
        elif kind == "front" and side == side_of_it:
            level = hip[1] + rng.uniform(0.02, 0.2) * (shoulder[1] - hip[1])
            target = np.array([sign * rng.uniform(0.1, 0.9), level, front + rng.uniform(0.4, 0.7)])
            pole = np.array([sign, -0.2, 0])
        reach(model, body.vertices, pose, side, target, pole)
        draw_leg(rng, pose, side, sign)
    return pose.bones


def _camera(rng, whole: bool) -> Camera:
    return Camera(
        yaw=rng.normal(0, 4),
        pitch=rng.normal(2, 2),
        roll=rng.normal(0, 0.8),
        distance=rng.uniform(35, 60),
        frame="full" if whole else "knee",
        fill=rng.uniform(0.84, 0.9),
        margin=rng.uniform(0.04, 0.08),
    )


def _backdrop(rng) -> Backdrop:
    """A studio wall, or a place out of focus."""
    wall = None
    if rng.random() < 0.7:
        tone = np.clip(np.full(3, rng.uniform(165, 245)) + rng.normal(0, 5, 3), 0, 250)
        wall = (tone, tone * rng.uniform(0.8, 1.0))
    shadow = (rng.uniform(0.1, 0.4), 1 / rng.uniform(20, 50), rng.normal(0, 0.03), rng.uniform(0, 0.03))
    return Backdrop(wall, radial=bool(rng.random() < 0.5), exposure=rng.uniform(0.6, 1.0), blur=1 / 120, shadow=shadow)


def _draw_outfits(rng, generator: Gen, kind: str, male: bool) -> tuple[list[Garment], list[Garment], list[Garment]]:
    """What stays on, what is worn at first instead of what is tried on, and that.

    Before, nothing covers much skin that the new garment shows: nobody could know what is below it.
    """
    if kind == "trousers":
        top, old = _top(rng, generator, float(rng.choice([0.6, 1.95])), male), _trousers(rng, generator, rng.uniform(-7.6, -7.0))
        cut = _suit(rng, generator, _JEANS[not male], upper=False)
        return [top], [old], [cut if rng.random() < 0.5 else _trousers(rng, generator, rng.uniform(-7.6, -7.0))]
    if kind == "skirt":
        new = _skirt(rng, generator, LOWER, rng.uniform(-3.6, -2.0))
        return [_top(rng, generator, 0.6, male)], [_trousers(rng, generator, rng.uniform(-1.4, -0.9), slim=True)], [new]
    if kind == "dress":
        # The dress hides the shorts: whether they are still worn cannot be seen.
        shorts = _trousers(rng, generator, rng.uniform(-1.4, -0.9), slim=True)
        return [], [_top(rng, generator, float(rng.choice([0.3, 0.6])), male), shorts], _dress(rng, generator)
    bottom = _trousers(rng, generator, float(rng.choice([rng.uniform(-7.6, -7.0), rng.uniform(-2.6, -1.6)])))
    if kind == "tee":
        suit, cut = _suit(rng, generator, _TEES[not male]), _top(rng, generator, rng.uniform(0.42, 0.75), male)
        new = suit if rng.random() < 0.5 else cut
        return [bottom], [_top(rng, generator, rng.uniform(0.3, 0.6), male)], [new]
    old = _top(rng, generator, float(rng.choice([0.5, 0.6, 1.9])), male)
    if kind == "shirt":
        return [bottom], [old], [_suit(rng, generator, _SHIRTS[not male])]
    suit, cut = _suit(rng, generator, _LONG_SLEEVES[not male]), _top(rng, generator, rng.uniform(1.88, 1.97), male)
    return [bottom], [old], [suit if rng.random() < 0.4 else cut]


def _fabric(rng, generator: Gen, loose: bool, kind: str = "any") -> Fabric:
    fabric = draw_fabric(rng, generator.textures, kind, loose)
    fabric.folds, fabric.gloss = min(fabric.folds, 0.5), min(fabric.gloss, 0.05)
    return fabric


def _top(rng, generator: Gen, sleeve: float, male: bool) -> Garment:
    loose = rng.uniform(0.06, 0.24)
    cut = UpperCut(
        sleeve=sleeve,
        # Lower the surface around the body parts for the legs.
        hem=rng.uniform(0.75, 1.1),
        neck=str(rng.choice(["crew", "v", "scoop"], p=[0.6, 0.25, 0.15])) if not male else str(rng.choice(["crew", "v"], p=[0.8, 0.2])),
        looseness=loose,
        neck_width=rng.uniform(0.0, 0.25),
        v_depth=rng.uniform(0.7, 1.2),
        sleeve_flare=rng.uniform(0, 0.5) * loose,
        smoothing=int(rng.integers(8, 24)),
    )
    return Garment(cut, UPPER, 1, _fabric(rng, generator, loose > 0.15))


def _suit(rng, generator: Gen, names: tuple[str, ...], upper: bool = True) -> Garment:
    """A modelled shirt, tee or pair of jeans, in its own colours or with these interchanged."""
    name = str(rng.choice(names))
    cloth = generator.model.clothes[name]
    texture = cloth.texture[:, :, :3]
    if upper and rng.random() < 0.4:
        texture = np.ascontiguousarray(texture[:, :, rng.permutation(3)])
    fabric = Fabric(texture, folds=rng.uniform(0.1, 0.4))
    return Garment(SuitCut(name, upper, rng.uniform(0.02, 0.08)), UPPER if upper else LOWER, 1 if upper else 0.5, fabric)


def _trousers(rng, generator: Gen, end: float, slim: bool = False) -> Garment:
    loose = rng.uniform(0.02, 0.06) if slim else rng.uniform(0.06, 0.3)
    cut = LowerCut(rng.uniform(1.2, 1.6), end, loose, 0.0 if slim else rng.uniform(0, 0.3) * loose, int(rng.integers(2, 8)))
    return Garment(cut, LOWER, 0.5, _fabric(rng, generator, False, str(rng.choice(["denim", "plain"]))))


def _skirt(rng, generator: Gen, label: int, end: float, top: float = 1.65) -> Garment:
    fabric = _fabric(rng, generator, True)
    fabric.trim = (0.0, 0.0, 0.0, 0.0)
    if fabric.centred:
        fabric.texture, fabric.centred = plain_texture(rng, fabric.texture[5, 5].astype(float)), False
    cut = SkirtCut(top, end, rng.uniform(0.0, 0.4), rng.uniform(0, 0.06), int(rng.integers(8, 18)))
    return Garment(cut, label, 0.8, fabric)


def _dress(rng, generator: Gen) -> list[Garment]:
    skirt = _skirt(rng, generator, UPPER, rng.uniform(-3.6, -1.8), top=1.35)
    cut = UpperCut(
        sleeve=rng.uniform(0.35, 0.7), hem=1.0, neck=str(rng.choice(["crew", "v", "scoop"])), looseness=rng.uniform(0.06, 0.12),
        neck_width=rng.uniform(0, 0.25), v_depth=rng.uniform(0.7, 1.1), smoothing=int(rng.integers(6, 16)),
    )  # fmt: skip
    return [Garment(cut, UPPER, 1.2, skirt.fabric), skirt]
