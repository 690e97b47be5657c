"""How good answers are: intersection over union of parts, distances of keypoints. Shared by train.py and evaluate.py."""

from dataclasses import dataclass, field

import numpy as np

#: A keypoint's peak must be over this to count as seen; the engine's threshold.
SEEN = 0.25
#: Share of the reference length within which a keypoint is right (PCK@0.1).
NEAR = 0.1
#: The joints whose distance is the torso's diameter.
_TORSO = ("left_shoulder", "right_hip")


@dataclass
class Scores:
    """Collects answers. `parts` and `keypoints` are the names in the order of the network's channels."""

    parts: tuple[str, ...]
    keypoints: tuple[str, ...]
    distances: list = field(default_factory=list)
    present: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    boxes: list = field(default_factory=list)
    torsos: list = field(default_factory=list)

    def __post_init__(self):
        self.confusion = np.zeros((len(self.parts),) * 2, np.int64)

    def __len__(self) -> int:
        return len(self.distances)

    def add(self, parts: np.ndarray, keypoints: np.ndarray, true_parts: np.ndarray, true_keypoints: np.ndarray) -> None:
        """One picture: parts H x W, keypoints K x (x, y, peak) and the truth, K x (x, y, present)."""
        classes = len(self.parts)
        both = true_parts.ravel().astype(np.int64) * classes + parts.ravel()
        self.confusion += np.bincount(both, minlength=classes**2).reshape(classes, classes)
        self.distances.append(np.hypot(*(keypoints[:, :2] - true_keypoints[:, :2]).T))
        self.present.append(true_keypoints[:, 2] > 0)
        self.seen.append(keypoints[:, 2] > SEEN)
        rows, columns = np.nonzero(true_parts)
        self.boxes.append(max(np.ptp(rows), np.ptp(columns)) + 1 if len(rows) else np.nan)
        if _TORSO[0] in self.keypoints:
            ends = true_keypoints[[self.keypoints.index(name) for name in _TORSO], :2]
            self.torsos.append(np.hypot(*(ends[0] - ends[1])))

    def iou(self) -> np.ndarray:
        """Per part."""
        hit = np.diag(self.confusion)
        return hit / np.maximum(1, self.confusion.sum(0) + self.confusion.sum(1) - hit)

    def mean_iou(self) -> float:
        return float(self.iou().mean())

    def correct(self, lengths: list) -> float:
        """Share of the present keypoints within a tenth of each picture's reference length (PCK@0.1)."""
        near = np.array(self.distances) < NEAR * np.array(lengths)[:, None]
        return float(near[np.array(self.present)].mean())

    def summary(self) -> dict[str, float]:
        """The figures that a training run's record keeps."""
        figures = {"miou": self.mean_iou(), "pck_box": self.correct(self.boxes)}
        if self.torsos:
            figures["pck_torso"] = self.correct(self.torsos)
        return {name: round(value, 4) for name, value in figures.items()}
