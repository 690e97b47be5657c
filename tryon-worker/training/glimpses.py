"""What the harmoniser sees, and what it answers."""

import numpy as np

#: Planes, rows and columns: the photo's red, green and blue (0 to 1), eight parts of the person, how much of each cell the new garment
#: is, and that share of its own red, green and blue, unlit (`src/engine/harmonise.rs`).
INPUT_SHAPE = (15, 96, 64)
#: The answer, the logarithm of how much lighter cloth is in the photo's light than in its own picture, comes at half of that.
STRIDE = 2
#: Names of labels.PARTS that each plane of parts holds.
PARTS = (("hair",), ("face",), ("torso_skin",), ("upper",), ("lower",), ("left_arm", "right_arm"), ("legs",), ("shoes",))
#: The window is so many shoulder widths wide, and begins so many above the neck.
WIDE, ABOVE = 3.5, 0.65
#: Luminance of linear red, green and blue.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def window(neck: np.ndarray, unit: float) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is seen of a photo, in its pixels, around a neck and shoulders `unit` apart."""
    _, rows, columns = INPUT_SHAPE
    width = WIDE * unit
    return neck[0] - width / 2, neck[1] - ABOVE * unit, width, width * rows / columns
