"""Random measures of tops, dresses, jackets, trousers and skirts, over wider ranges than shops have them."""

import numpy as np
from lower import Lower
from upper import Upper

from .artwork import Artwork, colour

_KINDS = (
    "tee",
    "long_sleeve",
    "jumper",
    "hoodie",
    "shirt",
    "polo",
    "jacket",
    "coat",
    "vest",
    "dress",
    "slip",
    "trousers",
    "shorts",
    "skirt",
)
_SHARES = (0.07, 0.08, 0.08, 0.07, 0.08, 0.03, 0.08, 0.06, 0.07, 0.10, 0.11, 0.09, 0.04, 0.04)


def garment(rng, art: Artwork) -> Upper | Lower:
    """Any garment."""
    kind = rng.choice(_KINDS, p=_SHARES)
    if kind in ("trousers", "shorts"):
        return _trousers(rng, art, kind == "shorts")
    if kind == "skirt":
        return _skirt(rng, art)
    return _upper(rng, art, kind)


def _some(rng, chance: float) -> bool:
    return bool(rng.random() < chance)


def _upper(rng, art: Artwork, kind: str) -> Upper:
    long = kind in ("long_sleeve", "jumper", "hoodie", "jacket", "coat") or _some(
        rng, {"shirt": 0.8, "dress": 0.3, "polo": 0.2}.get(kind, 0)
    )
    m = _trunk(rng, kind)
    ground = colour(rng)
    m.update(
        colour=art.pattern(rng, ground) if kind != "hoodie" or _some(rng, 0.3) else ground,
        trim=colour(rng) if _some(rng, 0.25) else None,
        heather=rng.uniform(0.02, 0.08) if _some(rng, 0.15) else 0.0,
        weave=_weave(rng, kind),
        folds=rng.uniform(0.2, 1.8),
        sheen=rng.uniform(0, 0.6) if _some(rng, 0.15) else 0.0,
        thread=colour(rng) if _some(rng, 0.2) else None,
        hem_curve=rng.uniform(-0.5, 4),
        seed=int(rng.integers(1 << 30)),
        button=colour(rng),
        metal=_some(rng, 0.3),
        buttons=int(rng.integers(3, 10)),
    )
    extra = dict(turn=tuple(rng.normal(0, 2.5, 2)))
    _neck(rng, kind, m, extra)
    if kind in ("slip", "vest") or (kind == "dress" and _some(rng, 0.3)):
        m.update(sleeve=0)
        if kind != "slip":
            m["shoulder"] = min(m["shoulder"], m["neck_w"] + rng.uniform(2.5, 9))
    else:
        _sleeve(rng, kind, long, m, extra)
    _front(rng, kind, m, extra)
    if kind == "slip":
        _slip(rng, m, extra)
    if kind in ("shirt", "dress", "tee") and m["front"] != "zip" and _some(rng, 0.7 if kind == "shirt" else 0.08):
        extra["shirt_tail"] = rng.uniform(2, 9)
    ribbed = {"jumper": 0.85, "hoodie": 0.85, "jacket": 0.45, "long_sleeve": 0.15}.get(kind, 0.03)
    m["hem_finish"] = "rib" if _some(rng, ribbed) and "shirt_tail" not in extra else rng.choice(("stitch", "none"))
    m["pockets"] = _pockets(rng, kind)
    if kind in ("tee", "long_sleeve", "jumper", "hoodie", "vest") and _some(rng, 0.45):
        m["prints"] = art.placed(rng, m["chest"])
    if kind in ("dress", "coat") and _some(rng, 0.6 if kind == "dress" else 0.15):
        m.update(waist_seam=True, gathers=int(rng.integers(0, 18)), belt=_some(rng, 0.3))
    extra["pocket_y"] = rng.uniform(0.5, 0.7) * m["length"]
    return Upper(**m, extra=extra)


def _trunk(rng, kind: str) -> dict:
    """Widths and heights of the body."""
    shoulder = (
        rng.uniform(17, 27) if kind in ("hoodie", "jacket", "coat", "jumper", "tee", "shirt") else rng.uniform(15.5, 23)
    )
    chest = shoulder + rng.uniform(0.5, 7.5)
    armpit = rng.uniform(19, 30)
    dress = kind in ("dress", "slip")
    fitted = rng.uniform(0.72, 0.98) if dress else rng.uniform(0.82, 1.03)
    length = {
        "dress": rng.uniform(72, 140),
        "slip": rng.uniform(70, 135),
        "coat": rng.uniform(78, 128),
        "jacket": rng.uniform(48, 82),
    }.get(kind, rng.uniform(44, 86))
    waist_y = min(length - 8, armpit + rng.uniform(10, 24))
    waist = chest * fitted
    flare = (
        rng.uniform(-1, 26) * rng.random()
        if dress
        else rng.uniform(-3, 5) + (rng.uniform(0, 12) if _some(rng, 0.12) else 0)
    )
    return dict(
        shoulder=shoulder,
        chest=chest,
        armpit=armpit,
        waist=waist,
        waist_y=waist_y,
        length=length,
        slope=rng.uniform(1.5, 7),
        hem=max(12, waist + flare + (2 if dress else 0)),
    )


def _weave(rng, kind: str) -> str:
    choices = {
        "jumper": ("knit", "rib", "fleece", "wool"),
        "hoodie": ("fleece", "fleece", "jersey"),
        "shirt": ("oxford", "linen", "denim", "wool", "satin"),
        "jacket": ("denim", "nylon", "puffer", "gabardine", "wool", "cord", "fleece"),
        "coat": ("wool", "wool", "gabardine", "puffer", "twill", "nylon"),
        "dress": ("jersey", "oxford", "satin", "linen", "rib", "denim"),
        "slip": ("satin", "satin", "jersey", "rib"),
    }.get(kind, ("jersey", "jersey", "rib", "linen", "knit", "satin"))
    return str(rng.choice(choices))


def _neck(rng, kind: str, m: dict, extra: dict) -> None:
    choices = {
        "tee": ("crew", "crew", "crew", "v", "scoop", "boat"),
        "long_sleeve": ("crew", "crew", "v", "scoop", "boat", "turtle"),
        "jumper": ("crew", "crew", "turtle", "v", "boat", "collar"),
        "hoodie": ("hood",),
        "shirt": ("collar", "collar", "collar", "camp"),
        "polo": ("collar",),
        "jacket": ("collar", "hood", "turtle", "crew", "lapel", "v"),
        "coat": ("lapel", "lapel", "collar", "hood", "turtle"),
        "vest": ("scoop", "scoop", "crew", "v", "boat"),
        "slip": ("strap",),
    }.get(kind, ("crew", "v", "scoop", "boat", "collar", "camp", "turtle", "lapel"))
    neck = str(rng.choice(choices))
    widest = m["shoulder"] - 2.5
    depth = {
        "v": rng.uniform(9, 24),
        "scoop": rng.uniform(8, 18),
        "boat": rng.uniform(2.5, 7),
        "turtle": rng.uniform(1.5, 4),
        "collar": rng.uniform(2, 4.5),
        "camp": rng.uniform(6, 16),
        "lapel": rng.uniform(12, 42),
        "hood": rng.uniform(5, 12),
    }.get(neck, rng.uniform(4, 12))
    width = {"boat": rng.uniform(9, 15), "scoop": rng.uniform(7.5, 13), "v": rng.uniform(6.5, 12)}.get(
        neck, rng.uniform(6.2, 10)
    )
    m.update(
        neck=neck,
        neck_w=float(min(width, widest)),
        neck_d=float(min(depth, m["length"] * 0.5)),
        band=rng.uniform(0.6, 4),
    )
    if neck == "turtle":
        extra["collar"] = rng.uniform(2.5, 9)
    if neck == "hood":
        extra["hood"] = (rng.uniform(0.8, 1.25), rng.uniform(0.45, 1.25))
    extra["button_down"] = _some(rng, 0.2)


def _sleeve(rng, kind: str, long: bool, m: dict, extra: dict) -> None:
    sleeve = rng.uniform(42, 68) if long else (rng.uniform(24, 42) if _some(rng, 0.2) else rng.uniform(6, 26))
    root = np.hypot(m["chest"] - m["shoulder"], m["armpit"] - m["slope"])
    cuff = rng.uniform(7.5, 15) if long else root * rng.uniform(0.62, 0.98)
    if long and _some(rng, 0.1):
        cuff = rng.uniform(15, 25)
    if not long:
        angle = rng.uniform(18, 76)
    else:
        angle = rng.choice(
            [rng.uniform(18, 45), rng.uniform(45, 68), rng.uniform(66, 84), rng.uniform(76, 83), rng.uniform(76, 97)],
            p=(0.12, 0.16, 0.31, 0.14, 0.27),
        )
        # A sleeve that would vanish below the body is laid on it.
        reach = m["shoulder"] + sleeve * np.cos(np.deg2rad(angle))
        extra["over"] = bool(reach < max(m["chest"], m["hem"], m["waist"]) + 3 or _some(rng, 0.3))
        if _some(rng, 0.3):
            # Elbows bend down and inwards, or a little outwards; a sleeve that comes to lie over the body is laid last.
            extra["elbow"] = rng.uniform(-22, 35) if angle > 60 else rng.uniform(0, 75)
            extra["over"] = bool(extra["over"] or angle + extra["elbow"] > 84)
    if _some(rng, 0.12):
        extra["puff"] = rng.uniform(0.5, 4.5)
    if _some(rng, 0.12):
        extra["sleeve_colour"] = colour(rng)
    finish = {"jumper": 0.8, "hoodie": 0.85, "jacket": 0.4}.get(kind, 0.08)
    cuffs = (
        "rib"
        if long and _some(rng, finish)
        else "button"
        if long and kind in ("shirt", "jacket", "coat", "dress") and _some(rng, 0.7)
        else str(rng.choice(("stitch", "none")))
    )
    m.update(
        sleeve=sleeve,
        angle=float(angle),
        cuff=cuff,
        cuff_finish=cuffs,
        raglan=_some(rng, 0.14)
        and not extra.get("over")
        and kind in ("tee", "long_sleeve", "jumper", "hoodie", "coat", "jacket"),
    )


def _front(rng, kind: str, m: dict, extra: dict) -> None:
    front = "none"
    if kind == "shirt":
        front = "buttons"
    elif kind in ("jacket", "coat"):
        front = str(
            rng.choice(
                ("zip", "buttons", "double", "none"),
                p=(0.4, 0.3, 0.15, 0.15) if kind == "jacket" else (0.2, 0.35, 0.35, 0.1),
            )
        )
        if _some(rng, 0.2) and m["neck"] in ("lapel", "crew", "v", "hood"):
            front, extra["open"], extra["lining"] = "none", rng.uniform(1.5, 14), colour(rng)
    elif kind == "hoodie":
        front = "zip" if _some(rng, 0.35) else "none"
    elif kind == "polo":
        front, extra["placket"] = "buttons", rng.uniform(14, 26)
        m["buttons"] = int(rng.integers(2, 5))
    elif m["neck"] in ("collar", "camp", "lapel"):
        front = "buttons"
    elif kind in ("jumper", "long_sleeve") and _some(rng, 0.15):
        front = "buttons" if m["neck"] in ("v", "crew") else "zip"
        if m["neck"] == "turtle":
            extra["placket"] = rng.uniform(14, 26)
    m["front"] = front


def _slip(rng, m: dict, extra: dict) -> None:
    wide = m["chest"]
    m.update(
        neck_w=wide * rng.uniform(0.5, 0.66),
        neck_d=rng.uniform(3, 12),
        slope=rng.uniform(0.2, 0.9),
        armpit=rng.uniform(10, 17),
        length=m["length"] if _some(rng, 0.75) else rng.uniform(36, 60),
    )
    m.update(
        shoulder=m["neck_w"] + rng.uniform(0.6, 2),
        waist_y=min(rng.uniform(28, 40), m["length"] - 6),
        waist_seam=_some(rng, 0.2),
    )
    extra.update(straps=True, strap_width=rng.uniform(0.5, 1.6) if _some(rng, 0.5) else rng.uniform(1.0, 4.5), strap_lift=rng.uniform(0.6, 1.3))


def _pockets(rng, kind: str) -> tuple:
    choices = {
        "shirt": ((), ("chest",), ("flap",)),
        "tee": ((), (), (), ("chest",)),
        "hoodie": (("pouch",), ("pouch",), ()),
        "jacket": ((), ("flap",), ("welt",), ("patch",), ("flap", "welt")),
        "coat": (("patch",), ("welt",), ()),
    }.get(kind, ((),))
    return choices[rng.integers(len(choices))]


def _trousers(rng, art: Artwork, short: bool) -> Lower:
    jeans = _some(rng, 0.45)
    waist = rng.uniform(16, 25)
    hip = waist + rng.uniform(2, 9)
    crotch = rng.uniform(22, 34)
    length = rng.uniform(crotch + 5, 66) if short else rng.uniform(72, 114)
    leg = rng.uniform(13, 30) if not short else rng.uniform(hip * 0.75, hip * 1.25)
    # Half of the gap at the hem: from legs that lie on each other to legs spread wide.
    spread = rng.choice([rng.uniform(-2, 0.4), rng.uniform(0.4, 4), rng.uniform(3, 10)], p=(0.35, 0.45, 0.2))
    knee = max(spread, 0) * 0.5 + rng.uniform(0.5, 0.75) * (hip + leg) / 1.6
    ground = (
        f"#{rng.integers(20, 90):02x}{rng.integers(40, 120):02x}{rng.integers(70, 170):02x}"
        if jeans and _some(rng, 0.5)
        else colour(rng)
    )
    elastic = not jeans and _some(rng, 0.35)
    return Lower(
        kind="trousers",
        weave="denim"
        if jeans
        else str(rng.choice(("twill", "wool", "fleece", "linen", "cord", "gabardine", "satin", "jersey"))),
        colour=ground if jeans else art.pattern(rng, ground),
        heather=rng.uniform(0, 0.07) if _some(rng, 0.2) else 0.0,
        waist=waist,
        hip=hip,
        hip_y=crotch * rng.uniform(0.55, 0.85),
        crotch=crotch,
        knee=float(np.clip(knee, hip * 0.6, hip * 1.25)),
        length=length,
        leg=float(leg),
        spread=float(spread),
        band=rng.uniform(2.4, 6),
        fly=not elastic,
        jeans=jeans,
        elastic=elastic,
        thread=colour(rng) if _some(rng, 0.6) else None,
        button=colour(rng),
        metal=_some(rng, 0.6),
        pockets=_some(rng, 0.85),
        fade=rng.uniform(0, 0.5) if jeans else 0.0,
        turn_up=rng.uniform(2, 5) if _some(rng, 0.2) else 0.0,
        folds=rng.uniform(0.3, 1.8),
        sheen=rng.uniform(0, 0.5) if _some(rng, 0.1) else 0.0,
        seed=int(rng.integers(1 << 30)),
        extra=dict(crease=_some(rng, 0.25), cord=_some(rng, 0.7)),
    )


def _skirt(rng, art: Artwork) -> Lower:
    waist = rng.uniform(14, 24)
    hip = waist + rng.uniform(1, 9)
    length = rng.uniform(28, 104)
    jeans = _some(rng, 0.2)
    return Lower(
        kind="skirt",
        weave="denim" if jeans else str(rng.choice(("satin", "oxford", "wool", "linen", "jersey", "cord", "rib"))),
        colour=art.pattern(rng, colour(rng)),
        waist=waist,
        hip=hip,
        hip_y=min(rng.uniform(14, 24), length * 0.6),
        hem=max(10.0, hip + rng.choice([rng.uniform(-5, 3), rng.uniform(2, 24)])),
        length=length,
        band=rng.uniform(1.5, 6),
        fly=_some(rng, 0.3),
        jeans=jeans,
        pleats=int(rng.integers(5, 24)) if _some(rng, 0.3) else 0,
        elastic=_some(rng, 0.2),
        thread=colour(rng) if _some(rng, 0.4) else None,
        button=colour(rng),
        placket=_some(rng, 0.2),
        folds=rng.uniform(0.3, 1.8),
        sheen=rng.uniform(0, 0.4) if _some(rng, 0.1) else 0.0,
        seed=int(rng.integers(1 << 30)),
        extra=dict(soft=int(rng.integers(4, 16))) if _some(rng, 0.4) else dict(cord=_some(rng, 0.4)),
    )
