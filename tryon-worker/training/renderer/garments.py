"""What people wear, as data: cuts, fabrics, and the random wardrobe.

Lengths are decimetres of the base mesh in rest pose (y up, 0 near the hip, -8 at the soles). Places along the arm count
0 at the shoulder, 1 at the elbow and 2 at the wrist.
"""

from dataclasses import dataclass, field

import numpy as np

from .textures import TexturePool, draw_colour, to_linear

UPPER, LOWER, SHOES = 4, 5, 9

#: Connected components of the modelled suits that are the upper half; None: everything above the waist.
SUIT_UPPER = {
    "female_casualsuit01": [0],
    "female_casualsuit02": [2],
    "female_elegantsuit01": [1],
    "female_sportsuit01": [0],
    "male_casualsuit02": [1],
    "male_casualsuit03": [0],
    "male_casualsuit04": None,
    "male_casualsuit05": [0, 1, 2],
    "male_casualsuit06": [0],
    "male_elegantsuit01": [1],
}


@dataclass
class Fabric:
    """How a garment looks. `trim` is linear RGB and the border's width."""

    texture: np.ndarray
    centred: bool = False  # a print on the chest; the rest takes the texture's corner colour
    scale: float = 1.0
    tint: tuple = (1.0, 1.0, 1.0)
    folds: float = 0.3
    fold_scale: float = 0.6
    gloss: float = 0.02
    trim: tuple = (0.0, 0.0, 0.0, 0.0)


@dataclass
class UpperCut:
    """Cut from the surface around torso and arms."""

    sleeve: float  # end of the sleeve along the arm; negative: sleeveless
    hem: float
    neck: str  # crew, v, deepv, scoop, boat, turtle
    looseness: float
    neck_width: float = 0.1
    v_depth: float = 1.0
    strap: float = 1.1
    flare: float = 0.0
    sleeve_flare: float = 0.0
    smoothing: int = 0
    opening: tuple[float, float] | None = None  # width and slope of an open front


@dataclass
class LowerCut:
    """Trousers, shorts, or boots, cut from the surface around the legs."""

    waist: float
    end: float
    looseness: float
    flare: float = 0.0
    smoothing: int = 0
    boot: bool = False


@dataclass
class SkirtCut:
    """Cut from the skirt surface, scaled towards the hem."""

    top: float
    end: float
    widening: float = 0.0
    pleat_depth: float = 0.0
    pleats: int = 8


@dataclass
class SuitCut:
    """The upper or lower half of a modelled suit; `ease` moves it away from the body."""

    name: str
    upper: bool
    ease: float = 0.03


@dataclass
class ShoeCut:
    """A modelled pair of shoes."""

    name: str


@dataclass
class Garment:
    """One piece; garments of a higher layer are drawn over those of a lower one."""

    cut: UpperCut | LowerCut | SkirtCut | SuitCut | ShoeCut
    label: int
    layer: float
    fabric: Fabric = field(default=None)


def draw_outfit(rng, clothes: dict, textures: TexturePool, male: bool) -> list[Garment]:
    """Lower, upper, perhaps an open jacket, perhaps shoes."""
    dress = not male and rng.random() < 0.14
    outfit = [] if dress else [_draw_lower(rng, clothes, textures, male)]
    suits = [n for n in SUIT_UPPER if not (male and n.startswith("female"))]
    u = rng.random()
    if dress:
        cut = draw_upper_cut(rng)
        cut.hem, cut.looseness, cut.flare = 1.0, min(cut.looseness, 0.12), 0.0
        fabric = draw_fabric(rng, textures, "any", loose=cut.looseness > 0.08)
        outfit += [Garment(cut, UPPER, 1, fabric), Garment(_draw_skirt(rng, 1.35), UPPER, 0.4, fabric)]
    elif u < 0.30:
        outfit.append(_draw_suit(rng, clothes, textures, rng.choice(suits), True, 1))
    elif not (male and u > 0.97):
        outfit.append(_with_fabric(rng, textures, draw_upper_cut(rng), UPPER, 1))
    if not dress and rng.random() < 0.18:
        outfit += _draw_outer(rng, textures)
    u = rng.random()
    if u < 0.72:
        outfit.append(_draw_shoes(rng, clothes))
    elif u < 0.87:
        boot = LowerCut(rng.uniform(-7.3, -4.5), -99, rng.uniform(0.08, 0.22), smoothing=2, boot=True)
        outfit.append(_with_fabric(rng, textures, boot, SHOES, 0.7, "plain"))
    return outfit


def _draw_outer(rng, textures: TexturePool) -> list[Garment]:
    """An open jacket, or a coat that reaches below the hip."""
    jacket = _with_fabric(rng, textures, draw_upper_cut(rng, outer=True), UPPER, 2.4)
    if rng.random() < 0.7:
        return [jacket]
    jacket.cut.hem = 1.0
    if rng.random() < 0.5:
        jacket.cut.opening = None
    end = rng.uniform(-4.5, -0.8)
    return [jacket, Garment(SkirtCut(1.4, end, rng.uniform(0.0, 0.3)), UPPER, 2.2, jacket.fabric)]


def draw_upper_cut(rng, outer: bool = False) -> UpperCut:
    """From tank tops to jackets."""
    sleeves, shares = [-0.02, 0.22, 0.45, 0.6, 0.78, 1.0, 1.45, 1.97], [0.17, 0.06, 0.15, 0.18, 0.1, 0.05, 0.07, 0.22]
    necks = ["crew", "v", "scoop", "turtle", "boat", "deepv"]
    looseness = rng.beta(1.2, 2) * 0.42 + (0.15 if outer else 0.03)
    return UpperCut(
        sleeve=rng.choice([1.9, 1.97, 1.5]) if outer else rng.choice(sleeves, p=shares),
        hem=rng.uniform(-0.35, 1.1) if rng.random() < 0.85 else rng.uniform(1.5, 2.7),
        neck="v" if outer else rng.choice(necks, p=[0.55, 0.16, 0.1, 0.08, 0.06, 0.05]),
        looseness=looseness,
        neck_width=rng.uniform(0, 0.35),
        v_depth=rng.uniform(0.6, 1.5),
        strap=rng.uniform(0.75, 1.5),
        flare=rng.uniform(-0.02, 0.3) * looseness * 1.5,
        sleeve_flare=rng.uniform(0, 0.5) * looseness * 2,
        smoothing=int(rng.integers(0, 25)) if rng.random() < 0.7 else 0,
        opening=(rng.uniform(0.1, 1.2), rng.uniform(0, 0.25)) if outer else None,
    )


def draw_fabric(rng, textures: TexturePool, kind: str, loose: bool) -> Fabric:
    """A texture with folds, gloss and perhaps a trim."""
    texture, centred = textures.draw(rng, kind)
    trim = (0.0, 0.0, 0.0, 0.0)
    if rng.random() < 0.5:
        own = texture.reshape(-1, 3).mean(0) * rng.uniform(0.6, 1.1)
        trim = (*to_linear(draw_colour(rng) if rng.random() < 0.5 else own), rng.uniform(0.06, 0.2))
    return Fabric(
        texture=texture,
        centred=centred,
        scale=1.0 if centred else rng.choice([1.0, 1.0, 1.6, 0.6]),
        folds=rng.uniform(0.15, 0.9) * (1 if loose else 0.4),
        fold_scale=rng.uniform(0.35, 1.0),
        gloss=rng.uniform(0.002, 0.05) if rng.random() < 0.9 else rng.uniform(0.1, 0.35),
        trim=trim,
    )


def _with_fabric(rng, textures, cut, label: int, layer: float, kind: str = "any") -> Garment:
    return Garment(cut, label, layer, draw_fabric(rng, textures, kind, loose=cut.looseness > 0.08))


def _draw_lower(rng, clothes, textures, male: bool) -> Garment:
    layer = 1.6 if rng.random() < 0.35 else 0.5  # over the shirt (tucked in) or under it
    if not male and rng.random() < 0.2:
        texture, centred = textures.draw(rng)
        fabric = Fabric(texture, centred, folds=rng.uniform(0.1, 0.5), fold_scale=rng.uniform(0.3, 0.7))
        return Garment(_draw_skirt(rng, rng.uniform(0.9, 1.7)), LOWER, 0.4, fabric)
    if rng.random() < 0.35:
        names = [n for n in SUIT_UPPER if n != "female_elegantsuit01" or not male]
        return _draw_suit(rng, clothes, textures, rng.choice(names), False, layer)
    ends = [rng.uniform(-2.6, -1.2), rng.uniform(-4.0, -2.8), rng.uniform(-6.5, -5), rng.uniform(-7.6, -7.0)]
    looseness = rng.beta(1.2, 2.5) * 0.45 + 0.02
    cut = LowerCut(
        waist=rng.uniform(0.6, 1.7),
        end=rng.choice(ends, p=[0.13, 0.12, 0.1, 0.65]),
        looseness=looseness,
        flare=rng.uniform(-0.05, 0.45) if looseness > 0.08 else 0.0,
        smoothing=int(rng.integers(0, 8)),
    )
    return _with_fabric(rng, textures, cut, LOWER, layer, rng.choice(["denim", "plain", "any"], p=[0.4, 0.4, 0.2]))


def _draw_skirt(rng, top: float) -> SkirtCut:
    ends = [rng.uniform(-3.2, -1.2), rng.uniform(-4.2, -2.8), rng.uniform(-6.9, -4.5)]
    return SkirtCut(top, rng.choice(ends), rng.uniform(-0.18, 0.45), rng.uniform(0, 0.09), int(rng.integers(6, 18)))


def _draw_suit(rng, clothes, textures, name: str, upper: bool, layer: float) -> Garment:
    cloth, u = clothes[name], rng.random()
    tint = (1.0, 1.0, 1.0)
    if cloth.texture is not None and u < (0.45 if upper else 0.6):
        texture = cloth.texture[:, :, :3]
        tint = tuple(to_linear(np.clip(rng.normal(225, 18) + rng.normal(0, 12, 3), 120, 255)) * 1.25)
    elif cloth.grey is not None and u < 0.75:
        texture = np.clip(cloth.grey[:, :, None] * draw_colour(rng), 0, 255).astype(np.uint8)
    else:
        texture, _ = textures.draw(rng, "any" if upper else rng.choice(["denim", "plain", "any"]))
    if cloth.occlusion is not None:
        texture = (texture * (0.35 + 0.65 * cloth.occlusion[:, :, :1] / 255.0)).astype(np.uint8)
    fabric = Fabric(
        texture, tint=tint, folds=rng.uniform(0.1, 0.5), fold_scale=rng.uniform(0.4, 1.1), gloss=rng.uniform(0.005, 0.05)
    )
    return Garment(SuitCut(name, upper, rng.uniform(0, 0.06)), UPPER if upper else LOWER, layer, fabric)


def _draw_shoes(rng, clothes) -> Garment:
    name = f"shoes{rng.integers(1, 7):02d}"
    texture = clothes[name].texture[:, :, :3]
    if rng.random() < 0.5:
        grey = texture.astype(np.float32).mean(2, keepdims=True)
        colour = draw_colour(rng) * 0.8
        texture = np.clip(grey / max(25, np.median(grey)) * colour, 0, 255).astype(np.uint8)
    return Garment(ShoeCut(name), SHOES, 0.5, Fabric(texture, folds=0, gloss=rng.uniform(0.02, 0.2)))
