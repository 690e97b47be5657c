"""Where the landmarks of a garment lie, from its measures: cm on the painter's table (x right, y down), by name."""

import numpy as np

from lower import Lower
from upper import Upper, arm, arm_geometry, sleeve_edges, strap

#: By how much (cm) the seam under these collars starts further out than the neckline.
_UNDER_COLLAR = {"collar": 1.0, "camp": 1.2, "lapel": 1.2}


def landmarks(g: Upper | Lower) -> dict[str, tuple[float, float]]:
    """All landmarks that the garment has; hidden ones (a cuff below the body) included."""
    return _lower(g) if isinstance(g, Lower) else _upper(g)


def _upper(g: Upper) -> dict:
    points = {"collar_centre": (0, _collar_centre(g))}
    end = g.length - g.hem_curve * 0.6
    out = _UNDER_COLLAR.get(g.neck, 0.0)
    for sign, side in ((-1, "left"), (1, "right")):
        one = arm(g, sign)
        shoulder_point, armpit, outer, inner, _, _ = arm_geometry(one)
        neck = (g.neck_w + out, out * 0.5)
        if g.neck == "hood":
            neck = (g.neck_w + 2.6, 1.4)
        if g.neck == "strap" and g.extra.get("straps"):
            # A slip hangs where its straps lie on the shoulder.
            top = strap(g, 1)
            height = top[:, 1].min()
            near = top[top[:, 1] < height + 1.2]
            neck, shoulder_point = (near[:, 0].min(), height), (near[:, 0].max(), height)
        elif g.raglan and g.sleeve:
            edge = sleeve_edges(one)[0]
            shoulder_point = edge[np.abs(edge[:, 0] - g.shoulder).argmin()]
        points[f"neck_{side}"] = (sign * neck[0], neck[1])
        points[f"shoulder_{side}"] = (sign * shoulder_point[0], shoulder_point[1])
        points[f"armpit_{side}"] = (sign * armpit[0], armpit[1])
        if g.sleeve:
            points[f"outer_cuff_{side}"] = (sign * outer[0], outer[1])
            points[f"inner_cuff_{side}"] = (sign * inner[0], inner[1])
        points[f"waist_{side}"] = (sign * g.waist, g.waist_y)
        points[f"hem_{side}"] = (sign * g.hem, end - g.extra.get("shirt_tail", 0))
    points["hem_centre"] = (0, end + 0.6 if g.extra.get("shirt_tail") else g.length + g.hem_curve * 0.3)
    return points


def _collar_centre(g: Upper) -> float:
    if g.neck == "turtle":
        return 3.6
    if g.neck == "collar":
        return 3.4
    if g.neck == "hood":
        return g.neck_d + 1.2
    return g.neck_d


def _lower(g: Lower) -> dict:
    points = {}
    for sign, side in ((-1, "left"), (1, "right")):
        points[f"waist_{side}"] = (sign * g.waist, 0.4)
        if g.kind == "skirt":
            points[f"hem_{side}"] = (sign * g.hem, g.length - 1.6)
        else:
            points[f"hem_{side}"] = (sign * (g.spread + g.leg), g.length)
            points[f"inner_hem_{side}"] = (sign * g.spread, g.length + 0.3)
    if g.kind == "skirt":
        points["hem_centre"] = (0, g.length)
    else:
        points["crotch"] = (0, g.crotch)
    return points
