"""Measures an exported network on rendered people it was not trained on.

    python evaluate.py MODEL.onnx SHARD.npz...

Prints intersection over union per part and the keypoints' error in pixels of the 256x192 input. Make the shards with a
seed that no training shard has: bodies, textures and scenes are then all new. They are drawn from the same renderer,
so the figures say how well the network learned the renders, not how well it does on photographs.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from person_net import INPUT_SIZE, KEYPOINT_STRIDE
from renderer.labels import KEYPOINTS, PARTS


class Model:
    """An exported person network on one thread."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options)

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """RGB bytes 256x192x3 -> part of each pixel (256x192) and keypoints (16 x [x, y, peak])."""
        tensor = (image.transpose(2, 0, 1)[None] / 127.5 - 1).astype(np.float32)
        parts, maps = self._session.run(None, {"image": tensor})
        height, width = INPUT_SIZE
        enlarged = cv2.resize(parts[0].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_LINEAR)
        return enlarged.argmax(2), np.array([peak(one) for one in maps[0]])


def peak(heat_map: np.ndarray) -> tuple[float, float, float]:
    """Where the heat map is highest, in input pixels, and the probability there."""
    row, column = np.unravel_index(heat_map.argmax(), heat_map.shape)
    confidence = 1 / (1 + np.exp(-heat_map[row, column]))
    return (column + 0.5) * KEYPOINT_STRIDE, (row + 0.5) * KEYPOINT_STRIDE, float(confidence)


def evaluate(model: Model, shards: list[Path]) -> None:
    """Prints the figures over all samples of the shards."""
    confusion = np.zeros((len(PARTS), len(PARTS)), np.int64)
    distances, seen, shown = [], [], []
    for path in shards:
        with np.load(path) as archive:
            images, labels, keypoints = archive["image"], archive["labels"], archive["keypoints"]
        for image, truth, points in zip(images, labels, keypoints):
            parts, found = model(image)
            np.add.at(confusion, (truth.ravel(), parts.ravel()), 1)
            distances.append(np.hypot(*(found[:, :2] - points[:, :2]).T))
            shown.append(points[:, 2] > 0)
            seen.append(found[:, 2] > 0.25)
    hit = np.diag(confusion)
    iou = hit / np.maximum(1, confusion.sum(0) + confusion.sum(1) - hit)
    distances, shown, seen = np.array(distances), np.array(shown), np.array(seen)
    print(f"{len(distances)} pictures, mIoU {iou.mean():.3f}")
    for name, value in zip(PARTS, iou):
        print(f"  {name:<15} {value:.3f}")
    print("keypoint          median px   within 10 px   found")
    for i, name in enumerate(KEYPOINTS):
        d = distances[shown[:, i], i]
        found = seen[shown[:, i], i].mean()
        print(f"  {name:<15} {np.median(d):9.1f} {np.mean(d < 10):14.2f} {found:7.2f}")
    print(f"  {'all':<15} {np.median(distances[shown]):9.1f} {np.mean(distances[shown] < 10):14.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("shards", type=Path, nargs="+")
    arguments = parser.parse_args()
    evaluate(Model(arguments.model), arguments.shards)


if __name__ == "__main__":
    main()
