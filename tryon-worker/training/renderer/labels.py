"""Names of what the renderer labels. Their order is the order of the networks' output channels."""

#: Part classes. "Left" and "right" are the person's own.
PARTS = (
    "background",
    "hair",
    "face",
    "torso_skin",
    "upper",
    "lower",
    "left_arm",
    "right_arm",
    "legs",
    "shoes",
)

#: Joints; the person's own left and right.
KEYPOINTS = (
    "nose",
    "neck",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_eye",
    "right_eye",
)

#: Channel order after mirroring a picture left to right.
MIRRORED_PARTS = (0, 1, 2, 3, 4, 5, 7, 6, 8, 9)
MIRRORED_KEYPOINTS = (0, 1, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)

#: Skin tones, from light to dark; shards say which one each person has.
TONES = ("lightest", "light", "tan", "brown", "dark", "darkest")

#: Marks pixels that no loss may look at.
IGNORE = 255
