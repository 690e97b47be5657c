"""What is measured of a try-on whose true picture is known. Planes are H x W of the photo; lengths are pixels at 1024 rows."""

from collections import defaultdict

import cv2
import numpy as np

from measures import FACE, HAIR, LEFT_ARM, RIGHT_ARM, ciede2000

#: A boundary is met within so many pixels.
NEAR = 4
#: An offset that is larger counts as this.
FARTHEST = 60.0


def boundary(mask: np.ndarray) -> np.ndarray:
    """The pixels of a mask that touch what is not of it; the picture's own border is no boundary."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return mask & (inner == 0)


def boundary_f(truth: np.ndarray, result: np.ndarray) -> float:
    """F of the two masks' boundaries: shares of each that the other passes within `NEAR` pixels."""
    true, own = boundary(truth), boundary(result)
    if not true.any() or not own.any():
        return 0.0
    reach = NEAR * truth.shape[0] / 1024
    precision = (_distance(true)[own] <= reach).mean()
    recall = (_distance(own)[true] <= reach).mean()
    return float(2 * precision * recall / max(1e-9, precision + recall))


def _distance(mask: np.ndarray) -> np.ndarray:
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def in_front(labels: np.ndarray, whole: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Where the photo's (`labels`) hair, face and arms are still before the place of the garment in a result's silhouette."""
    return whole & ~result & np.isin(labels, (HAIR, FACE, LEFT_ARM, RIGHT_ARM))


def offsets(truth: np.ndarray, result: np.ndarray, told: dict, category: str) -> dict[str, float]:
    """How far the result's outline lies outside of the true one, in the median, by the garment's edges.

    `told` holds `canonical` and `along_arm` of the true garment and `in_front`. Edges that hair or arms make are left out.
    """
    edge = boundary(truth) & (_distance(told["in_front"]) > 6)
    signed = np.where(result, _distance(~result), -_distance(result)) * 1024 / truth.shape[0]
    rows, columns = np.nonzero(edge)
    nearest = _nearest(told["whole"], rows, columns)
    place, along = told["canonical"].astype(np.float32)[nearest], told["along_arm"].astype(np.float32)[nearest]
    # The wearer's left is the picture's right.
    side = np.where(place[:, 0] >= 0, 1, -1)
    beyond = np.clip(columns + 6 * side, 0, truth.shape[1] - 1)
    outer = ~truth[rows, beyond]
    y = told["canonical"].astype(np.float32)[told["whole"]][:, 1]
    low, high = np.percentile(y, 0.5), np.percentile(y, 99.5)
    if category == "bottoms":
        names = np.where(place[:, 1] > high - 0.3, "waist", np.where(place[:, 1] < low + 0.3, "hem", np.where(outer, "leg outer", "leg inner")))
    else:
        cuff = np.nanpercentile(told["along_arm"].astype(np.float32)[told["whole"]], 99)
        sleeve = np.where(along > cuff - 0.1, "cuff", np.where(outer, "sleeve outer", "sleeve inner"))
        top = np.where(np.abs(place[:, 0]) > 0.9, "shoulder", "neck")
        trunk = np.where(place[:, 1] > 4.5, top, np.where(place[:, 1] < low + 0.3, "hem", "side"))
        names = np.where(along > 0.05, sleeve, trunk)
    found = defaultdict(list)
    for name, value in zip(names, signed[rows, columns]):
        found[str(name)].append(value)
    return {name: float(np.clip(np.median(v), -FARTHEST, FARTHEST)) for name, v in found.items() if len(v) > 15}


def _nearest(mask: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel the nearest one of a mask."""
    _, owner = cv2.distanceTransformWithLabels((~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    where = np.zeros((owner.max() + 1, 2), int)
    own = np.nonzero(mask)
    where[owner[own]] = np.stack(own, 1)
    return tuple(where[owner[rows, columns]].T)


def misplaced(places: np.ndarray, decoded: np.ndarray, both: np.ndarray) -> np.ndarray:
    """N x 2: how far right and down, in pixels of the photo, each point of cloth lies from where it should.

    `places` and `decoded` say which place of the packshot each pixel should show, and shows; `both` is where both garments are.
    """
    mask = both & np.isfinite(places).all(2)
    across, down = (np.linalg.norm(np.diff(places, axis=axis), axis=2) for axis in (1, 0))
    steps = np.concatenate([v[np.isfinite(v)] for v in (across, down)])
    scale = 1 / max(1e-6, float(np.median(steps))) if len(steps) else 1.0
    return (places - decoded)[mask] * scale * 1024 / places.shape[0]


def stretch(places: np.ndarray, decoded: np.ndarray, both: np.ndarray) -> tuple[float, float] | None:
    """How many times too wide and too long the cloth is drawn: slopes of lines through where it is and where it should be."""
    mask = both & np.isfinite(places).all(2)
    if mask.sum() < 500:
        return None
    across, down = (1 / np.polyfit(places[mask][:, k], decoded[mask][:, k], 1)[0] for k in (0, 1))
    return float(across), float(down)


def colour_difference(truth: np.ndarray, result: np.ndarray, both: np.ndarray) -> float:
    """Mean CIEDE2000 within both garments, of colours that are means over about 16 pixels: a pattern may be a little off."""
    inside = cv2.erode(both.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    if inside.sum() < 200:
        return float("nan")
    weight = cv2.GaussianBlur(inside, (0, 0), 8)[..., None]
    # Pairs of pictures in CIELAB; weights are more than zero wherever it is looked.
    mean = lambda image: cv2.GaussianBlur(  # noqa: E731
        cv2.cvtColor(np.float32(image) / 255, cv2.COLOR_RGB2LAB) * inside[..., None], (0, 0), 8
    ) / np.maximum(weight, 1e-3)
    chosen = inside > 0
    return float(ciede2000(mean(truth)[chosen], mean(result)[chosen]).mean())


def ssim(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Structural similarity (Wang and others 2004) of two RGB pictures around each pixel, on luminance."""
    x, y = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (one, other))
    blur = lambda p: cv2.GaussianBlur(p, (11, 11), 1.5)  # noqa: E731
    mx, my = blur(x), blur(y)
    vx, vy, both = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return (2 * mx * my + c1) * (2 * both + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
