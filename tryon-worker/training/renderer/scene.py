"""What one picture shows, as data. `sampler.draw_scene` fills it at random; a caller may fill it by hand."""

from dataclasses import dataclass, field

import numpy as np

from .body import Body
from .garments import Garment
from .props import Prop


@dataclass
class Head:
    """Skin, hair and eyes. Colours: the skin's tint multiplies linear light, the hair's colour is sRGB bytes."""

    skin: str
    tint: np.ndarray
    gloss: float
    brow: str
    eyes: int
    hair: str | None  # None: bald
    hair_colour: np.ndarray
    hair_scale: float = 1.0
    hair_contrast: float = 1.0
    hair_gloss: float = 0.04
    tone: int = 0  # index into labels.TONES, for measuring


@dataclass
class Camera:
    """Angles in degrees, distance in decimetres; the rest says how the person fills the picture.

    `frame`: full, knee, hip, chest, torso (which may cut the head), or garment (what is worn and nothing else, centred;
    `fill` then holds for the width too). `fill` is the share of the height that the framed part takes, `margin` the share above the head, `shift` moves the person (share of width and height).
    `top` and `bottom` move the torso frame's limits: share of the head shown, decimetres below the hip.
    """

    yaw: float = 0.0
    pitch: float = 2.0
    roll: float = 0.0
    distance: float = 45.0
    frame: str = "full"
    fill: float = 0.9
    margin: float = 0.06
    shift: tuple[float, float] = (0.0, 0.0)
    keep_arms: bool = True
    top: float = 0.5
    bottom: float = 1.0


@dataclass
class Light:
    """A light probe and a key light with a shadow."""

    probe: np.ndarray  # equirectangular, linear RGB
    exposure: float  # mean ambient light
    colourfulness: float  # 0: grey ambient light
    key_colour: np.ndarray  # linear RGB; zero: none
    key_bend: np.ndarray  # added to the probe's main direction
    brightness: float = 1.0
    soft_shoulder: bool = True  # compress highlights as a camera does


@dataclass
class Backdrop:
    """A studio wall (two sRGB colours) or the light probe seen through a lens; clutter in front of it, blur."""

    colours: tuple[np.ndarray, np.ndarray] | None
    radial: bool = False
    exposure: float = 0.6
    field_of_view: float = 50.0
    pitch: float = 0.0
    room: bool = False  # a drawn interior or street instead of either
    clutter: int = 0
    blur: float = 0.0  # standard deviation, share of the height
    shadow: tuple[float, float, float, float] | None = None  # strength, softness, and offset (shares of the size)


@dataclass
class Scene:
    """Everything but the size. `seed` decides wrinkles and clutter; the sides ("L", "R") in `pockets` show no hand.

    A `ghost` has no body: only what it wears is seen. A `paired` scene draws the head alike whatever is worn, for pictures
    of one person in several garments.
    """

    body: Body
    pose: dict[str, np.ndarray]
    garments: list[Garment]
    head: Head
    camera: Camera
    light: Light
    backdrop: Backdrop
    seed: int = 0
    props: list[Prop] = field(default_factory=list)
    pockets: tuple[str, ...] = ()
    ghost: bool = False
    paired: bool = False
