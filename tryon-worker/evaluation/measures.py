"""What is measured of a finished try-on."""

import cv2
import numpy as np

from cases import CODE, PLAIN_CLOTH, QUIET, Case, hands, printed_code

BACKGROUND, HAIR, FACE, TORSO_SKIN, UPPER, LOWER, LEFT_ARM, RIGHT_ARM, LEGS, SHOES = PARTS = range(10)


def outside(before: np.ndarray, after: np.ndarray, edited: np.ndarray) -> int:
    """Pixels outside of the edit region that are not the photo's."""
    return int(((before != after).any(2) & ~edited).sum())


def bared(before: np.ndarray, after: np.ndarray) -> float:
    """The share of what the worn top covered that shows the torso's skin now (parts before and after)."""
    worn = before == UPPER
    return float((worn & (after == TORSO_SKIN)).sum() / max(1, worn.sum()))


def holes(after: np.ndarray, cloth: int) -> float:
    """The share of the garment that is enclosed by it and is not it, nor what lies in front of it (parts of the result)."""
    mask = (after == cloth).astype(np.uint8)
    filled = mask.copy()
    frame = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    cv2.floodFill(filled, frame, (0, 0), 1)
    inside = (filled == 0) & ~np.isin(after, (HAIR, FACE, LEFT_ARM, RIGHT_ARM))
    return float(inside.sum() / max(1, mask.sum()))


def kept(case: Case, edited: np.ndarray) -> dict[str, float]:
    """Of a rendered person: the shares of the true face and hands that were touched, and of the true old top that was not."""
    labels = case.truth["labels"]
    face, hand = labels == FACE, hands(labels, case.truth["keypoints"]).any(0)
    core = cv2.erode((labels == UPPER).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return {
        "face_touched": float((edited & face).sum() / max(1, face.sum())),
        "hands_touched": float((edited & hand).sum() / max(1, hand.sum())),
        "old_top_left": float((core & ~edited).sum() / max(1, core.sum())),
    }


def agreement(seen: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Per part, the pixels that both the network and the truth say are it, those that either says, and the true ones."""
    own = [(seen == p, labels == p) for p in PARTS]
    return np.array([[(a & b).sum(), (a | b).sum(), b.sum()] for a, b in own])


def decodes(after: np.ndarray) -> bool:
    """Whether the printed code can be read in the result (RGB)."""
    detector = cv2.QRCodeDetector()
    sizes = (1.0, 1.5, 2.0, 3.0)
    return any(detector.detectAndDecode(cv2.resize(after, None, fx=s, fy=s, interpolation=cv2.INTER_CUBIC))[0] == CODE for s in sizes)


def pasted(after: np.ndarray, fine: int = 4) -> np.ndarray | None:
    """The result with the code pasted anew where it is: flat, unshaded, as sharp as its pixels can be; what the photo's
    resolution can hold at best. None when the code is not even found."""
    corners = cv2.QRCodeDetector().detect(after)[1]
    if corners is None:
        return None
    code = cv2.resize(printed_code(), None, fx=16, fy=16, interpolation=cv2.INTER_NEAREST)
    low, high = 16 * QUIET, code.shape[0] - 16 * QUIET
    own = np.float32([[low, low, 1], [high, low, 1], [high, high, 1], [low, high, 1]])
    affine = fine * np.linalg.lstsq(own, corners[0], rcond=None)[0].T
    height, width = after.shape[:2]
    draw = lambda image: cv2.resize(cv2.warpAffine(image, affine, (width * fine, height * fine)), (width, height), interpolation=cv2.INTER_AREA)  # noqa: E731
    cover = draw(np.full_like(code, 255))[..., None] / 255
    return np.uint8(np.clip(after * (1 - cover) + draw(code)[..., None], 0, 255))


def colour_off(garment: np.ndarray, after: np.ndarray, keypoints: np.ndarray) -> float:
    """CIEDE2000 between plain cloth in its picture and on the belly (RGB; `keypoints`: neck, left hip, right hip)."""
    height, width = garment.shape[:2]
    left, top, right, bottom = PLAIN_CLOTH
    own = garment[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    neck, hips = keypoints[0], (keypoints[1] + keypoints[2]) / 2
    middle, half = neck + 0.72 * (hips - neck), 0.1 * np.linalg.norm(hips - neck)
    x0, x1 = (int(middle[0] - half), int(middle[0] + half))
    y0, y1 = (int(middle[1] - half), int(middle[1] + half))
    return float(ciede2000(_lab(own), _lab(after[y0:y1, x0:x1])))


def _lab(colours: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.float32(colours.reshape(1, -1, 3)) / 255, cv2.COLOR_RGB2LAB)[0].mean(0)


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The colour differences of L*a*b* colours (... x 3; Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(c, float), -1, 0) for c in (one, other))
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = np.where(c1 * c2 > 0, h2 - h1 - 360 * np.round((h2 - h1) / 360), 0.0)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = 1 - 0.17 * _cos(hm - 30) + 0.24 * _cos(2 * hm) + 0.32 * _cos(3 * hm + 6) - 0.2 * _cos(4 * hm - 63)
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh)


def _cos(degrees: np.ndarray) -> np.ndarray:
    return np.cos(np.radians(degrees))
