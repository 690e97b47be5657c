"""Draws random scenes and renders them."""

import numpy as np

from .body import Body, BodyModel
from .garments import UPPER, Garment, draw_outfit
from .labels import TONES
from .pose import draw_pose
from .props import draw_props
from .render import Render, render
from .scene import Backdrop, Camera, Head, Light, Scene
from .textures import LINEAR, TexturePool, draw_colour, plain_texture

_HAIR_COLOURS = np.array(
    [
        (12, 10, 9), (25, 18, 14), (45, 30, 20), (80, 55, 35), (120, 85, 50),
        (190, 150, 95), (225, 200, 150), (130, 60, 30), (150, 150, 150), (215, 212, 205),
    ]
)  # fmt: skip
_HAIR_COLOUR_SHARES = [0.22, 0.18, 0.15, 0.12, 0.08, 0.07, 0.05, 0.04, 0.05, 0.04]
_HAIR_MALE = {"short01": 0.28, "short02": 0.3, "short03": 0.17, "short04": 0.22, "bob02": 0.03}
_HAIR_FEMALE = {
    "long01": 0.3, "bob01": 0.1, "bob02": 0.18, "braid01": 0.13, "ponytail01": 0.15,
    "short01": 0.04, "short02": 0.03, "short03": 0.04, "short04": 0.03,
}  # fmt: skip
#: The skin of each of labels.TONES: sRGB bytes, averaged over the body. They are as far apart as they look.
_TONE_COLOURS = np.array(
    [(226, 187, 164), (211, 167, 138), (186, 138, 107), (150, 104, 76), (107, 71, 52), (68, 46, 37)], float
)
#: Share of the people who wear something of the colour of their skin.
_NUDE = 0.12


class Gen:
    """A pool of people, textures and light probes, from which `sample` draws pictures.

    Another `seed` gives other people and textures; held-out pictures come from a seed that no training shard has.
    """

    def __init__(self, pool: int, seed: int, assets):
        self.model = BodyModel(assets)
        rng = np.random.default_rng(seed)
        self.bodies = [self.model.draw_body(rng) for _ in range(pool)]
        self.textures = TexturePool(rng, pool)
        probes = self.model.assets["H"]
        self.probes = [np.clip(np.nan_to_num(p, posinf=60), 0, 60) for name, p in probes.items() if name != "night"]

    def sample(self, rng, height: int = 256, width: int = 192, supersample: int = 2) -> Render:
        """A random picture. `supersample` is the number of rays per pixel along each side."""
        return render(self.model, self.draw_scene(rng), height, width, supersample)

    def draw_scene(self, rng) -> Scene:
        """A random scene: someone of the pool, dressed, posed, lit, in front of something."""
        body = self.bodies[rng.integers(len(self.bodies))]
        male = body.male > 0.5
        light = self._draw_light(rng)
        pose = draw_pose(rng, self.model, body.vertices)
        garments = draw_outfit(rng, self.model.clothes, self.textures, male)
        skin = _draw_skin_colour(rng)
        if rng.random() < _NUDE:
            _colour_as_skin(rng, garments, skin)
        return Scene(
            body=body,
            pose=pose.bones,
            garments=garments,
            head=self._draw_head(rng, body, male, skin),
            camera=draw_camera(rng),
            light=light,
            backdrop=draw_backdrop(rng),
            seed=int(rng.integers(1 << 30)),
            props=draw_props(rng, pose.hands),
            pockets=tuple(side for side, use in pose.hands.items() if use == "pocket"),
        )

    def _draw_head(self, rng, body: Body, male: bool, colour: np.ndarray) -> Head:
        """Any skin colour on any body: the skin's texture is tinted to `colour` on average."""
        tone = int(np.abs(_TONE_COLOURS.mean(1) - colour.mean()).argmin())
        # The dark textures are those of men; other dark skin is a light texture, darkened.
        dark = tone >= TONES.index("brown") and rng.random() < (0.7 if male else 0.25)
        skins = [n for n in self.model.skins if ("dark" in n) == dark and ("old" not in n or body.age > 0.6)]
        fitting = [n for n in skins if ("female" in n) != male] or skins
        skin = str(rng.choice(fitting if rng.random() < 0.85 else skins))
        tint = LINEAR[colour.astype(int)] / LINEAR[self.model.skins[skin]].reshape(-1, 3).mean(0)
        hair, scale = None, 1.0
        if rng.random() >= (0.12 if male else 0.03):
            shares = _HAIR_MALE if male else _HAIR_FEMALE
            hair = str(rng.choice(list(shares), p=list(shares.values())))
            scale = 1 + abs(rng.normal(0, 0.05)) if rng.random() > 0.08 else rng.uniform(1.15, 1.5)
            scale = scale if hair.startswith("short") or hair == "bob02" else 1.0
        own = _HAIR_COLOURS[rng.choice(10, p=_HAIR_COLOUR_SHARES)] * rng.uniform(0.7, 1.3)
        return Head(
            skin=skin,
            tint=tint,
            gloss=rng.uniform(0.01, 0.06),
            brow=str(rng.choice([n for n in self.model.clothes if n.startswith("eyebrow")])),
            eyes=int(rng.integers(len(self.model.assets["eyetex"]))),
            hair=hair,
            hair_colour=draw_colour(rng) if rng.random() < 0.04 else own,
            hair_scale=scale,
            hair_contrast=rng.uniform(0.7, 1.2),
            hair_gloss=rng.uniform(0.01, 0.08),
            tone=tone,
        )

    def _draw_light(self, rng) -> Light:
        probe = np.roll(self.probes[rng.integers(len(self.probes))], int(rng.integers(0, 1024)), 1)
        key = rng.uniform(0, 0.75) * np.clip(1 + rng.normal(0, 0.08, 3), 0.6, 1.4) * (rng.random() < 0.8)
        return Light(
            probe=probe,
            exposure=rng.uniform(0.4, 0.95),
            colourfulness=1 - rng.uniform(0.3, 1),
            key_colour=key,
            key_bend=rng.normal(0, 0.5, 3) + np.array([0, 0.35, 0.45]),
            brightness=rng.uniform(0.85, 1.2),
            soft_shoulder=bool(rng.random() < 0.5),
        )


def _draw_skin_colour(rng) -> np.ndarray:
    """sRGB bytes; all tones are equally frequent."""
    place = np.clip(rng.uniform(-0.5, len(TONES) - 0.5), 0, len(TONES) - 1)
    low = min(int(place), len(TONES) - 2)
    colour = _TONE_COLOURS[low] + (place - low) * (_TONE_COLOURS[low + 1] - _TONE_COLOURS[low])
    return np.clip(colour * (1 + rng.normal(0, 0.03, 3)), 12, 245)


def _colour_as_skin(rng, garments: list[Garment], skin: np.ndarray) -> None:
    """Dyes one piece, upper ones more often, nearly in the wearer's skin colour."""
    upper = [g for g in garments if g.label == UPPER]
    garment = rng.choice(upper if upper and rng.random() < 0.7 else garments)
    fabric = garment.fabric
    fabric.texture = plain_texture(rng, np.clip(skin * rng.uniform(0.85, 1.15) + rng.normal(0, 5, 3), 5, 250))
    fabric.centred, fabric.tint = False, (1.0, 1.0, 1.0)


def draw_camera(rng) -> Camera:
    """Mostly frontal views; any framing from the whole person to the torso."""
    u = rng.random()
    if u < 0.70:
        yaw = rng.normal(0, 9)
    elif u < 0.91:
        yaw = rng.uniform(-55, 55)
    else:
        yaw = 180 + rng.normal(0, 30) if u < 0.96 else rng.uniform(0, 360)
    frame = str(rng.choice(["full", "knee", "hip", "chest", "torso"], p=[0.28, 0.17, 0.25, 0.12, 0.18]))
    return Camera(
        yaw=yaw,
        pitch=rng.normal(2, 5),
        roll=rng.normal(0, 2.5),
        distance=rng.uniform(22, 75),
        frame=frame,
        fill=rng.uniform(0.72, 1.0) if frame == "full" else rng.uniform(0.85, 1.05),
        margin=rng.uniform(0.02, 0.12),
        shift=(rng.normal(0, 0.05), rng.normal(0, 0.02)),
        keep_arms=bool(rng.random() < 0.85),
        top=rng.uniform(0.02, 1.0),
        bottom=rng.uniform(-0.5, 2.6),
    )


def draw_backdrop(rng) -> Backdrop:
    """Studio walls, places and drawn rooms; often with clutter."""
    colours, kind = None, rng.random()
    if kind < 0.4:
        wall = draw_colour(rng) if rng.random() < 0.3 else np.full(3, rng.uniform(150, 252))
        colours = (wall, np.clip(wall * rng.uniform(0.6, 1.1), 0, 255))
    shadow = (rng.uniform(0.1, 0.5), 1 / rng.uniform(15, 50), rng.normal(0, 0.04), rng.uniform(0, 0.05))
    return Backdrop(
        colours=colours,
        radial=bool(rng.random() < 0.5),
        room=bool(kind > 0.7),
        exposure=rng.uniform(0.5, 1.1),
        field_of_view=rng.uniform(35, 70),
        pitch=rng.uniform(-12, 15),
        clutter=int(rng.integers(1, 14)) if rng.random() < 0.45 else 0,
        blur=float(rng.choice([0, 0, 0, 1 / 300, 1 / 120])),
        shadow=shadow if rng.random() < 0.4 else None,
    )
