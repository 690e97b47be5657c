"""Tops, dresses and jackets: one cut with a sleeve, a neckline and details."""

from dataclasses import dataclass, field, replace

import numpy as np

from cloth import Cloth, bend, mirror, offset, path
from fabric import fabric


@dataclass
class Upper:
    """Measures in cm of one half, flat; see the drawing order in `paint`."""

    weave: str = "jersey"
    colour: object = "#ffffff"
    trim: object = None  # colour of ribs and collar, the body's colour if none
    heather: float = 0.0
    shoulder: float = 22.0
    slope: float = 4.2
    chest: float = 26.0
    armpit: float = 25.0
    waist: float = 25.0
    waist_y: float = 44.0
    hem: float = 25.5
    length: float = 69.0
    hem_curve: float = 0.8
    sleeve: float = 20.0  # length, 0 for none
    angle: float = 40.0
    cuff: float = 15.5
    neck: str = "crew"  # crew, v, scoop, boat, turtle, collar, camp, lapel, hood, strap
    neck_w: float = 8.6
    neck_d: float = 9.0
    band: float = 2.1
    hem_finish: str = "stitch"  # stitch, rib, none
    cuff_finish: str = "stitch"  # stitch, rib, button, none
    front: str = "none"  # none, buttons, zip, double
    buttons: int = 7
    button: str = "#ece7db"
    metal: bool = False
    thread: str = None
    pockets: tuple = ()  # chest, patch, pouch, welt, flap
    yoke: bool = False
    raglan: bool = False
    waist_seam: bool = False
    gathers: int = 0
    belt: bool = False
    prints: tuple = ()  # (rgba, cx, cy, width)
    folds: float = 1.0
    sheen: float = 0.0
    seed: int = 1
    # Rarer measures: shirt_tail, straps, pocket_y, collar (height), button_down. Not used by the demo: turn (degrees added
    # to the angle of the left and the right sleeve), elbow (degrees), over (sleeves lie on the body), puff (cm),
    # sleeve_colour, hood (width and height, 1 as drawn), placket (its end; buttons or zip stop there), open (half width of
    # an open front's gap at the hem) and its lining.
    extra: dict = field(default_factory=dict)


def neckline(g, outer=0.0):
    """Front neckline from left to right, `outer` cm further out than the edge."""
    w, d = g.neck_w + outer, g.neck_d + outer
    if g.neck in ("v", "lapel"):
        return path(bend((-w, 0), (-w * 0.62, d * 0.40), (-0.4, d - 0.4)), (0, d), bend((0.4, d - 0.4), (w * 0.62, d * 0.40), (w, 0)))
    t = np.linspace(0, np.pi, 60)
    power = {"boat": 0.75, "scoop": 0.72, "strap": 0.62}.get(g.neck, 0.80)
    return np.stack([-w * np.cos(t), d * np.sin(t) ** power], 1)


def arm(g, sign):
    """The garment with the angle of its left (-1) or right (1) sleeve."""
    turn = g.extra.get("turn")
    return replace(g, angle=g.angle + turn[(sign + 1) // 2]) if turn else g


def arm_geometry(g):
    """Shoulder point, armpit, outer and inner end of the right-hand sleeve, the axis of its end."""
    sp, ap = np.array([g.shoulder, g.slope]), np.array([g.chest, g.armpit])
    along, across = _axis(g.angle)
    if g.extra.get("elbow"):
        elbow = sp + along * g.sleeve * 0.52
        along, across = _axis(g.angle + g.extra["elbow"])
        outer = elbow + along * g.sleeve * 0.48
    else:
        outer = sp + along * g.sleeve
    return sp, ap, outer, outer + across * g.cuff, along, across


def _axis(degrees):
    a = np.deg2rad(degrees)
    return np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])


def sleeve_edges(g):
    """The right-hand sleeve's shoulder-side edge, from its root to the cuff, and the other one, from the cuff to the armpit."""
    sp, ap, outer, inner, along, across = arm_geometry(g)
    start, puff = (armhole(g)[0] if g.raglan else sp), g.extra.get("puff", 0.0)
    if _lies_on_body(g):
        return _edges_on_body(g)
    end = (ap + [0.3, 0.6], ap - [1.5, 2.0])
    if g.extra.get("elbow"):
        first, sideways = _axis(g.angle)
        elbow = sp + first * g.sleeve * 0.52
        inside = elbow + (sideways + across) / np.linalg.norm(sideways + across) * (g.cuff + 3.0)
        top = bend(start, *([sp] if g.raglan else []), (sp + elbow) / 2 - sideways * (0.4 + puff), elbow, (elbow + outer) / 2, outer)
        return top, bend(inner, (inner + inside) / 2 - across * 0.2, inside, *end)
    if g.raglan and g.extra.get("turn"):
        top = bend(start, sp, (sp + outer) / 2 - across * (0.5 + puff), outer)
    else:
        top = bend(start, (start + outer) / 2 - across * (1.6 if g.raglan else 0.5 + puff), outer)
    return top, bend(inner, (inner + ap) / 2 + across * (puff * 0.6 - 0.35), *end)


def _lies_on_body(g):
    """Whether the sleeve is folded over the armhole, so that its root is not the armhole."""
    sp, ap, _, _, _, _ = arm_geometry(g)
    return bool(g.extra.get("over")) and (ap - sp) @ _axis(g.angle)[1] < g.cuff * 0.9


def _edges_on_body(g):
    sp, ap, outer, inner, _, across = arm_geometry(g)
    along, sideways = _axis(g.angle)
    wide = max(g.cuff * 1.15, (ap - sp) @ sideways)
    root = sp + sideways * wide + along * 4
    beside = ap + [0.8, 1.5] if (ap - sp) @ sideways < 1.5 else sp + along * g.sleeve * 0.3 - sideways * 0.6
    elbow = sp + along * g.sleeve * 0.52
    if not g.extra.get("elbow"):
        return bend(sp, beside, (elbow + outer) / 2 + across * 0.2, outer), bend(inner, (inner + root) / 2, root, sp + sideways * wide * 0.5)
    bisector = (sideways + across) / np.linalg.norm(sideways + across)
    return bend(sp, beside, elbow, (elbow + outer) / 2, outer), bend(inner, elbow + bisector * (g.cuff + 2.0), root, sp + sideways * wide * 0.5)


def armhole(g):
    sp, ap = np.array([g.shoulder, g.slope]), np.array([g.chest, g.armpit])
    if g.raglan:
        return bend((g.neck_w * 0.92, 2.4), (g.neck_w + 5, 9), ap - [1.2, 3.0], ap)
    inset = 0.9 if g.sleeve else 4.2
    return bend(sp, sp * [1, 0] + [-inset, g.slope + (g.armpit - g.slope) * 0.5], ap - [0.9 if g.sleeve else 1.8, 3.2], ap)


def side(g):
    """Right side seam, from armpit to hem."""
    end = g.length - g.hem_curve * 0.6 - g.extra.get("shirt_tail", 0)
    return bend((g.chest, g.armpit), (g.waist, g.waist_y), ((g.waist + g.hem) / 2 + 0.3, (g.waist_y + end) / 2), (g.hem, end))


def hemline(g):
    """From right to left."""
    e = g.length - g.hem_curve * 0.6
    if g.extra.get("shirt_tail"):
        t = g.extra["shirt_tail"]
        return bend((g.hem, e - t), (g.hem * 0.80, e - t * 0.45), (g.hem * 0.45, e + 0.2), (0, e + 0.6), (-g.hem * 0.45, e + 0.2), (-g.hem * 0.80, e - t * 0.45), (-g.hem, e - t))
    return bend((g.hem, e), (g.hem * 0.5, g.length), (0, g.length + g.hem_curve * 0.3), (-g.hem * 0.5, g.length), (-g.hem, e))


def box(g):
    ends = [point for sign in (-1, 1) for point in arm_geometry(arm(g, sign))[2:4]] if g.sleeve else []
    x = max(g.hem, g.chest, *(p[0] for p in ends)) if ends else max(g.hem, g.chest)
    top = {"hood": -22, "turtle": -8, "collar": -3.5, "camp": -2.5, "lapel": -3, "strap": -14 if g.extra.get("straps") else 0}.get(g.neck, -1.2)
    return -x, top, x, max(g.length, *(p[1] for p in ends)) + 0.5 if ends else g.length + 0.5


def paint(g):
    """The packshot of an upper garment as RGB uint8."""
    c = Cloth(box(g), g.seed)
    lay(c, g)
    return c.photograph(waves=waves(g), sheen=g.sheen)


def waves(g):
    """The soft folds of its fabric, for `Cloth.light`."""
    if g.weave == "satin":
        return (0.34 * g.folds, 3.4, 16), (0.08 * g.folds, 1.8, 6)
    return (0.34 * g.folds, 6, 13), (0.10 * g.folds, 2.6, 4.6)


def lay(c, g, in_the_neck=None):
    """Lays all panels on `c`; `in_the_neck` may draw on it when only the back of the neck opening lies there."""
    cloth = fabric(g.weave, g.colour, g.heather)
    trim = fabric("rib" if g.neck in ("crew", "v", "turtle", "scoop", "boat") and g.weave in ("jersey", "fleece", "knit", "rib") else g.weave,
                  g.trim or g.colour, g.heather)
    c.ribbed = fabric("rib", g.trim or g.colour, g.heather)
    inner = neckline(g)
    back = bend((g.neck_w, 0), (g.neck_w * 0.5, 1.7), (0, 2.2), (-g.neck_w * 0.5, 1.7), (-g.neck_w, 0))
    if g.neck == "hood":
        c.piece = "hood"
        _hood_back(c, g, cloth)
    c.piece = "inside"
    if g.neck not in ("strap",):
        c.panel(path(inner, back), cloth, thick=0.05, shadow=0, dark=0.62)
        if g.neck in ("crew", "v", "scoop", "boat"):
            c.panel(path(back, mirror(back + [0, g.band * 0.9]) * [-1, 1]), trim, thick=0.2, soft=0.4, shadow=0.2, dark=0.72)
            c.panel(path((-1.5, 3.4 + g.band * 0.6), (1.5, 3.4 + g.band * 0.6), (1.5, 5.0 + g.band * 0.6), (-1.5, 5.0 + g.band * 0.6)),
                    fabric("satin", "#efeae0"), thick=0.04, shadow=0.15, dark=0.8)
    if in_the_neck:
        in_the_neck(c)
    over = g.extra.get("over")
    if g.sleeve and not over:
        _sleeves(c, g)
    if g.extra.get("straps"):
        for s in (-1, 1):
            c.piece = "strap"
            c.panel(strap(g, s), cloth, thick=0.2, soft=0.2, shadow=0.2, reach=0.3)
        w = g.neck_w + 0.8
        c.piece = "inside"
        c.panel(path(bend((-w, 5.5), (0, 5.0), (w, 5.5)), (0, g.armpit + 6)), cloth, thick=0.1, shadow=0, dark=0.7)
    body = path(inner, (g.shoulder, g.slope) if not g.raglan else np.zeros((0, 2)), armhole(g), side(g), hemline(g), mirror(side(g)), mirror(armhole(g)),
                (-g.shoulder, g.slope) if not g.raglan else np.zeros((0, 2)))
    c.piece = "body"
    c.panel(body, cloth, thick=0.28, soft=1.1, shadow=0.14 if g.sleeve else 0)
    if g.sleeve:
        for s in (1, -1):
            c.seam(armhole(g) * [s, 1], 0.18, 0.06, 0.86)
            c.stitch(offset(armhole(g), 0.5) * [s, 1])
    if g.gathers or g.waist_seam:
        _waist(c, g)
    for rgba, cx, cy, width in g.prints:
        c.decal(rgba, cx, cy, width)
    _finish_hem(c, g)
    _front(c, g, cloth)
    _pockets(c, g, cloth)
    if g.sleeve and over:
        _sleeves(c, g)
    _collar(c, g, cloth, trim, inner)
    if g.extra.get("open"):
        _open_front(c, g)
    _drape(c, g)


def strap(g, sign):
    """Outline of the left (-1) or right (1) strap of a slip: up, over the shoulder, down the back."""
    w, lift = g.neck_w, g.extra.get("strap_lift", 1.0)
    loop = bend((w + 0.5, 1.6), (w - 1.0, -6 * lift), (w - 2.6, -12.6 * lift), (w - 4.2, -6 * lift), (w - 5.0, 6)) * [sign, 1]
    half = g.extra.get("strap_width", 0.7) / 2
    return path(offset(loop, half), offset(loop, -half)[::-1])


def _open_front(c, g):
    """The lining that shows where the front is open."""
    d, gap = g.neck_d, g.extra["open"]
    right = bend((0.3, d - 0.6), (gap * 0.35, d + (g.length - d) * 0.2), (gap * 0.8, d + (g.length - d) * 0.6), (gap, g.length + 0.6))
    c.piece = "inside"
    c.panel(path(right, mirror(right)), fabric("satin", g.extra.get("lining", g.colour)), thick=0.05, soft=0.8, shadow=0, dark=0.6)
    for s in (-1, 1):
        c.seam(right * [s, 1], 0.4, 0.3, 0.7)
    c.piece = "body"


def _sleeves(c, g):
    for sign, piece in ((-1, "left_sleeve"), (1, "right_sleeve")):
        c.piece = piece
        _sleeve(c, arm(g, sign), sign)
    c.piece = "body"


def _sleeve(c, g, sign):
    sp, ap, outer, inner, along, across = arm_geometry(g)
    root = armhole(g)
    top, under = sleeve_edges(g)
    tucked = [] if _lies_on_body(g) else [(root + [0.0 if g.extra.get("over") else -2.0, 1.3])[::-1]]
    shape = path(top, inner, under, *tucked)
    angle = g.angle + g.extra.get("elbow", 0.0) * 0.5 - 90
    pick = fabric(g.weave, g.extra.get("sleeve_colour") or (g.trim if g.raglan and g.trim else g.colour), g.heather)
    start_row = g.extra.get("sleeve_row", 0.0)
    c.panel(shape * [sign, 1], pick, (sign * sp[0], sp[1] - start_row, sign * angle), thick=0.45, soft=1.3, shadow=0.25)
    flip = np.array([sign, 1])
    inward = (ap - inner) / np.linalg.norm(ap - inner)
    cut = lambda d: np.array([outer - along * d, inner + inward * d]) * flip
    if g.cuff_finish == "stitch":
        c.stitch(cut(1.9), g.thread)
        c.stitch(cut(2.4), g.thread)
    elif g.cuff_finish in ("rib", "button"):
        d = 6.0
        tight = 0.10 if g.cuff_finish == "rib" else 0.02
        band = np.array([outer - along * d - across * 0.2, outer + across * g.cuff * tight, inner - across * g.cuff * tight, inner + inward * d + across * 0.2])
        c.panel(band * flip, c.ribbed if g.cuff_finish == "rib" else pick, (sign * outer[0], outer[1], sign * angle), thick=0.35, soft=0.5, lift=0.1, shadow=0.45, reach=0.5)
        c.seam(cut(d))
        if g.cuff_finish == "button":
            c.stitch(cut(d - 0.5), g.thread)
            c.stitch(cut(0.5), g.thread)
            at = (inner - along * 3 - across * 1.6) * flip
            c.button(at[0], at[1], 0.5, g.button, g.metal)
    n = 3 if g.sleeve < 30 else 9
    for _ in range(n):
        d = c.rng.uniform(0.15, 0.9) * g.sleeve
        at = (sp + along * d + across * c.rng.uniform(2, 5)) * flip
        slant = c.rng.normal(0, 24) + 8
        direction = np.rad2deg(np.arctan2(across[1], across[0] * sign)) + sign * slant
        c.crease(at[0], at[1], direction, c.rng.uniform(6, 11), c.rng.uniform(0.8, 1.6), c.rng.uniform(0.10, 0.26) * g.folds, c.rng.normal(0, 0.2))


def _finish_hem(c, g):
    h = hemline(g)
    if g.hem_finish == "stitch":
        c.stitch(h - [0, 1.9], g.thread)
        c.stitch(h - [0, 2.4], g.thread)
    elif g.hem_finish == "rib":
        d = 6.2
        shape = path(h * [0.97, 1], mirror(h) * [-1.0, 1] - [0, d])
        c.panel(shape, c.ribbed, thick=0.35, soft=0.6, lift=0.15, shadow=0.45, reach=0.5)
        c.seam(h - [0, d])


def _front(c, g, cloth):
    if g.front == "none":
        return
    top = g.neck_d - 0.8 if g.neck not in ("collar",) else 2.4
    placket = g.extra.get("placket")
    end = placket or g.length + 0.3
    if g.front == "zip":
        c.seam([(0, top), (0, end)], 1.5, 0.10, 0.72)
        teeth = [(0, y) for y in np.arange(top, end, 0.45)]
        for x, y in teeth:
            win, m = c._stroke(np.array([(x - 0.28, y), (x + 0.28, y)]), 0.2)
            c.albedo[win] = c.albedo[win] * (1 - m[..., None]) + 0.45 * m[..., None]
            c.height[win] += 0.15 * m
        c.panel([(-0.4, top + 1), (0.4, top + 1), (0.3, top + 4.4), (-0.3, top + 4.4)], fabric("nylon", "#9a9894"), thick=0.2, soft=0.15, lift=0.5, shadow=0.6, reach=0.3)
        for x in (-1.2, 1.2):
            c.stitch([(x, top), (x, end)], g.thread)
        return
    half = 1.75 if g.front == "buttons" else 9.0
    left = -half
    h = end
    c.panel([(left, top), (half if g.front == "buttons" else 1.0, top), (half if g.front == "buttons" else 1.0, h), (left, h)],
            cloth, thick=0.22, soft=0.3, lift=0.3, shadow=0.40, reach=0.35)
    c.stitch([(left + 0.45, top), (left + 0.45, end)], g.thread)
    if g.front == "buttons":
        c.stitch([(half - 0.45, top), (half - 0.45, end)], g.thread)
    for y in np.linspace(top + 2.2, placket - 1.5 if placket else g.length - (9 if g.length < 80 else 26), g.buttons):
        for x in ((0,) if g.front == "buttons" else (-7.0, 5.2)):
            c.button(x, y, 0.58 if g.front == "buttons" else 1.05, g.button, g.metal)


def _pockets(c, g, cloth):
    for kind in g.pockets:
        if kind == "chest":
            shape = [(7, 20.5), (17.5, 20.5), (17.5, 31), (12.2, 33), (7, 31)]
            c.panel(shape, cloth, thick=0.2, soft=0.3, lift=0.35, shadow=0.35, reach=0.3)
            c.stitch(path(shape[4], shape[3], shape[2]) * [1, 1] + [0, -0.5], g.thread)
            c.stitch([(7.3, 22.2), (17.2, 22.2)], g.thread)
        elif kind == "flap":
            for s in (-1, 1):
                base = np.array([(6.5, 21), (18, 21), (18, 34), (12.2, 36), (6.5, 34)]) * [s, 1]
                c.panel(base, cloth, thick=0.2, soft=0.3, lift=0.3, shadow=0.3, reach=0.3)
                c.stitch(path(base[1], base[2], base[3], base[4], base[0]) * [0.985, 1] - [0, 0.4], g.thread)
                flap = np.array([(6.2, 20), (18.3, 20), (18.3, 24), (12.2, 26), (6.2, 24)]) * [s, 1]
                c.panel(flap, cloth, thick=0.25, soft=0.3, lift=0.5, shadow=0.45, reach=0.4)
                c.stitch(flap[[1, 2, 3, 4, 0]] * [0.985, 1] - [0, 0.45], g.thread)
                c.button(s * 12.2, 24.0, 0.6, g.button, g.metal)
        elif kind == "pouch":
            y = g.length - 7
            shape = path((-9.5, y - 19), (9.5, y - 19), bend((9.5, y - 19), (12.5, y - 12), (15.5, y - 6)), (15.5, y), (-15.5, y), bend((-15.5, y - 6), (-12.5, y - 12), (-9.5, y - 19)))
            c.panel(shape, cloth, thick=0.35, soft=0.5, lift=0.4, shadow=0.45, reach=0.5)
            for s in (-1, 1):
                c.stitch(bend((s * 9.1, y - 18.5), (s * 12, y - 12), (s * 15, y - 6)), g.thread)
            c.stitch([(-9.3, y - 18.4), (9.3, y - 18.4)], g.thread)
        else:
            y = g.extra.get("pocket_y", g.length * 0.66)
            for s in (-1, 1):
                if kind == "welt":
                    shape = np.array([(8.5, y), (10.6, y - 0.6), (15.8, y + 13), (13.6, y + 13.6)]) * [s, 1]
                    c.panel(shape, cloth, thick=0.25, soft=0.3, lift=0.4, shadow=0.4, reach=0.4)
                    c.stitch(shape[[0, 3]] + [s * 0.5, 0], g.thread)
                else:
                    w = 15 if kind == "patch" else 14
                    x0 = g.hem * 0.5 - w / 2 + 0.8
                    shape = np.array([(x0, y), (x0 + w, y + 0.4), (x0 + w, y + 16), (x0 + w / 2, y + 17), (x0, y + 16)]) * [s, 1]
                    c.panel(shape, cloth, thick=0.25, soft=0.4, lift=0.35, shadow=0.4, reach=0.4)
                    c.stitch(path(shape[0] + [s * 0.5, 0], shape[4] + [s * 0.5, -0.5], shape[3] - [0, 0.5], shape[2] - [s * 0.5, 0.5], shape[1] - [s * 0.5, 0]), g.thread)
                    c.stitch(shape[:2] + [0, 2.0], g.thread)


def _collar(c, g, cloth, trim, inner):
    if g.neck in ("crew", "v", "scoop", "boat"):
        out = neckline(g, g.band)
        out[0], out[-1] = (-g.neck_w - g.band, g.slope * g.band / max(1, g.shoulder - g.neck_w)), (g.neck_w + g.band, g.slope * g.band / max(1, g.shoulder - g.neck_w))
        c.panel(path(inner, out[::-1]), _radial(trim, g), thick=0.28, soft=0.45, lift=0.25, shadow=0.35, reach=0.35)
        c.seam(out, 0.2, 0.08, 0.84)
        c.stitch(neckline(g, g.band + 0.5), g.thread)
    elif g.neck == "turtle":
        c.piece = "collar"
        w, h = g.neck_w + 0.6, g.extra.get("collar", 6.0)
        fold = path(bend((-w, 1.6), (0, 4.0), (w, 1.6)), bend((w * 0.94, -h), (0, -h + 0.8), (-w * 0.94, -h)))
        c.panel(fold, trim, thick=0.6, soft=1.0, lift=0.6, shadow=0.5, reach=0.7)
    elif g.neck in ("collar", "camp"):
        _shirt_collar(c, g, cloth)
    elif g.neck == "lapel":
        _lapel(c, g, cloth)
    elif g.neck == "hood":
        c.piece = "hood"
        for s in (-1, 1):
            flap = path(bend((s * g.neck_w, -1.0), (s * (g.neck_w * 0.72), 5.5), (s * 0.3, g.neck_d + 1.5)), bend((s * 2.5, g.neck_d + 2.2), (s * (g.neck_w + 1.2), 6.5), (s * (g.neck_w + 3.2), 0.8)))
            c.panel(flap, cloth, thick=0.6, soft=0.8, lift=0.5, shadow=0.45, reach=0.6)
            cord = bend((s * 3.2, g.neck_d - 1.0), (s * 3.6, g.neck_d + 8), (s * 3.1, g.neck_d + 17 + s))
            win, m = c._stroke(cord, 0.62)
            c.shade_[win] *= 1 - 0.35 * np.roll(m, 4, 1) * (1 - m)
            c.albedo[win] = c.albedo[win] * (1 - m[..., None]) + 0.78 * m[..., None]
            c.height[win] += 0.5 * m
    elif g.neck == "strap":
        c.stitch(neckline(g, 0.6), g.thread)
    c.piece = "body"


def _radial(trim, g):
    """Ribs that follow the neck: weave coordinates around the neck's centre."""
    def cloth(u, v, scale, rng):
        return trim(np.arctan2(u, np.abs(v) * 0 + v + 6.0) * (g.neck_w + 3.0), np.hypot(u, v), scale, rng)

    return cloth


def _shirt_collar(c, g, cloth):
    w = g.neck_w
    spread = 1.0 if g.neck == "collar" else 2.6
    stand = path(bend((-w, -0.4), (0, -2.9), (w, -0.4)), bend((w, 1.4), (0, 3.4), (-w, 1.4)))
    c.piece = "inside"
    c.panel(stand, cloth, thick=0.25, soft=0.4, lift=0.1, shadow=0.2, dark=0.86)
    depth = g.neck_d if g.neck == "camp" else 3.4
    c.piece = "collar"
    for s in (-1, 1):
        tip = np.array([s * (4.2 + spread), depth + 5.6 if g.neck == "collar" else depth + 1.0])
        leaf = path(bend((s * w * 0.97, -1.9), (s * (w + 1.3), 0.6), (s * (w + 1.2), 2.6)), tip, bend((s * 0.35, depth - 0.6), (s * w * 0.48, 1.0), (s * w * 0.97, -1.9)))
        c.panel(leaf, cloth, (0, 0, s * 28), thick=0.35, soft=0.5, lift=0.55, shadow=0.5, reach=0.6)
        edge = np.array([(s * (w + 0.75), 2.6), tip + [s * -0.35, -0.7], (s * 0.9, depth - 0.4)])
        c.stitch(edge, g.thread)
        if g.extra.get("button_down"):
            c.button(tip[0] - s * 0.7, tip[1] - 1.2, 0.42, g.button)
    c.piece = "body"
    if g.neck == "collar":
        c.button(0, depth + 0.2, 0.55, g.button, g.metal)


def _lapel(c, g, cloth):
    w, d = g.neck_w, g.neck_d
    c.piece = "inside"
    c.panel(path(bend((-w, -0.2), (0, -2.8), (w, -0.2)), bend((w, 1.4), (0, 3.4), (-w, 1.4))), cloth, thick=0.25, lift=0.1, shadow=0.2, dark=0.8)
    c.piece = "collar"
    for s in (-1, 1):
        notch = np.array([s * (w + 3.2), d * 0.36])
        lapel = path((s * w * 0.92, 3.0), notch - [s * 0.2, 0], (s * (w + 4.0), d * 0.44), bend((s * (w + 4.0), d * 0.44), (s * (w * 0.75), d * 0.78), (s * 0.2, d + 0.8)), (s * 0.05, d - 0.5))
        c.panel(lapel, cloth, (0, 0, s * 14), thick=0.4, soft=0.6, lift=0.5, shadow=0.5, reach=0.7)
        c.stitch(bend((s * (w + 3.4), d * 0.46), (s * (w * 0.72), d * 0.77), (s * 0.6, d)), g.thread)
        collar = path(bend((s * w * 0.97, -1.9), (s * (w + 1.7), 0.8), (s * (w + 4.2), d * 0.24)), notch, (s * w * 0.80, d * 0.20))
        c.panel(collar, cloth, (0, 0, s * 30), thick=0.4, soft=0.6, lift=0.6, shadow=0.45, reach=0.6)


def _hood_back(c, g, cloth):
    w, size = g.neck_w, np.array(g.extra.get("hood", (1.0, 1.0)))
    outer = bend((-w - 2.5, 2), (-w - 5.0, -8), (-w + 0.5, -18), (0, -21), (w - 0.5, -18), (w + 5.0, -8), (w + 2.5, 2)) * size
    c.panel(path(outer, (0, 6)), cloth, thick=0.8, soft=1.6, shadow=0)
    hole = bend((-w - 0.2, 0.5), (-w - 1.2, -7), (-w * 0.6, -14), (0, -16.5), (w * 0.6, -14), (w + 1.2, -7), (w + 0.2, 0.5)) * size
    c.panel(path(hole, (0, 7)), cloth, thick=0.1, shadow=0.3, dark=0.60)
    c.stitch(offset(hole, 1.2), g.thread)


def _waist(c, g):
    y = g.waist_y
    line = bend((-g.waist, y), (0, y + 0.5), (g.waist, y))
    c.seam(line, 0.35, 0.25, 0.78)
    for i in range(g.gathers):
        x = (i + 0.5) / g.gathers * 2 - 1 + c.rng.normal(0, 0.5 / max(1, g.gathers))
        spread = 90 - x * 24
        c.crease(x * g.waist * 0.95, y + 0.2, spread, c.rng.uniform(0.45, 0.95) * (g.length - y), c.rng.uniform(1.0, 2.0), c.rng.uniform(0.3, 0.6), 0.02)
    if g.belt:
        belt = fabric(g.weave, g.trim or g.colour)
        c.panel(path(line - [0, 2.2], mirror(line + [0, 2.2]) * [-1, 1] * [1, 1])[::1], belt, thick=0.4, soft=0.4, lift=0.5, shadow=0.5, reach=0.6)


def _drape(c, g):
    """Folds where cloth is slack: from the armpits to the middle, down from the chest, up from the hem."""
    r, f = c.rng, g.folds
    for s in (-1, 1):
        for _ in range(4):
            c.crease(s * (g.chest - r.uniform(0.5, 3)), g.armpit + r.uniform(-5, 3), 90 + s * r.uniform(12, 58), r.uniform(10, 24), r.uniform(0.9, 2.0), r.uniform(0.16, 0.42) * f, r.normal(0, 0.15))
        for _ in range(3):
            c.crease(s * r.uniform(6, g.chest), r.uniform(g.armpit + 6, max(g.armpit + 7, g.length * 0.75)), 90 + s * r.uniform(-16, 24), r.uniform(16, 34), r.uniform(1.4, 3.0), r.uniform(0.2, 0.5) * f, r.normal(0, 0.12))
    for _ in range(5):
        c.crease(r.uniform(-0.9, 0.9) * g.hem, g.length - 0.5, 270 + r.normal(0, 14), r.uniform(8, 20), r.uniform(1.0, 2.2), r.uniform(0.10, 0.26) * f, r.normal(0, 0.1))
