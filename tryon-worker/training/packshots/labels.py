"""Names of what a packshot shows. Their order is the order of the garment network's output channels."""

#: Part classes; left and right as seen in the picture. They repeat `demo/cloth.py`'s PIECES (`sampler` checks that), so
#: that who only needs the names needs no painter.
PARTS = (
    "background",
    "body",
    "left_sleeve",
    "right_sleeve",
    "inside",
    "collar",
    "hood",
    "left_leg",
    "right_leg",
    "strap",
)

#: Landmarks; left and right as seen in the picture.
KEYPOINTS = (
    "neck_left",
    "neck_right",
    "collar_centre",
    "shoulder_left",
    "shoulder_right",
    "armpit_left",
    "armpit_right",
    "outer_cuff_left",
    "outer_cuff_right",
    "inner_cuff_left",
    "inner_cuff_right",
    "waist_left",
    "waist_right",
    "hem_left",
    "hem_right",
    "hem_centre",
    "crotch",
    "inner_hem_left",
    "inner_hem_right",
)


def _mirrored(names: tuple[str, ...]) -> tuple[int, ...]:
    swap = {"left": "right", "right": "left"}
    return tuple(names.index("_".join(swap.get(word, word) for word in name.split("_"))) for name in names)


#: Channel order after mirroring a picture left to right.
MIRRORED_PARTS = _mirrored(PARTS)
MIRRORED_KEYPOINTS = _mirrored(KEYPOINTS)

#: Marks pixels that no loss may look at.
IGNORE = 255
