"""Measures an exported network on made pictures that it was not trained on.

    python evaluate.py person MODEL.onnx SHARD.npz...
    python evaluate.py garment MODEL.onnx SHARD.npz...

Prints intersection over union per part and the keypoints' error in pixels of the 256x192 input. Make the shards with a
seed that no training shard has: bodies or garments, textures and scenes are then all new. They are drawn by the same
code, so the figures say how well the network learned the made pictures, not how well it does on photographs.
"""

import argparse
import importlib
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import onnxruntime

#: Where the names of each network's parts and keypoints are.
LABELS = {"person": "renderer.labels", "garment": "packshots.labels"}


class Model:
    """An exported network on one thread; `network` is its module (`person_net`)."""

    def __init__(self, path: Path, network: ModuleType):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options)
        self._network = network

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """RGB bytes 256x192x3 -> part of each pixel (256x192) and keypoints (K x [x, y, peak])."""
        tensor = (image.transpose(2, 0, 1)[None] / 127.5 - 1).astype(np.float32)
        parts, maps = self._session.run(None, {"image": tensor})
        height, width = self._network.INPUT_SIZE
        enlarged = cv2.resize(parts[0].transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_LINEAR)
        return enlarged.argmax(2), np.array([peak(one, self._network.KEYPOINT_STRIDE) for one in maps[0]])


def peak(heat_map: np.ndarray, stride: int) -> tuple[float, float, float]:
    """Where the heat map is highest, in input pixels, and the probability there."""
    row, column = np.unravel_index(heat_map.argmax(), heat_map.shape)
    confidence = 1 / (1 + np.exp(-heat_map[row, column]))
    return (column + 0.5) * stride, (row + 0.5) * stride, float(confidence)


def evaluate(model: Model, labels_of: ModuleType, shards: list[Path]) -> None:
    """Prints the figures over all samples of the shards."""
    part_names, keypoint_names = labels_of.PARTS, labels_of.KEYPOINTS
    confusion = np.zeros((len(part_names), len(part_names)), np.int64)
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
    for name, value in zip(part_names, iou):
        print(f"  {name:<15} {value:.3f}")
    print("keypoint          median px   within 10 px   found   invented")
    for i, name in enumerate(keypoint_names):
        d = distances[shown[:, i], i]
        found, absent = seen[shown[:, i], i].mean(), seen[~shown[:, i], i]
        invented = f"{absent.mean():.2f}" if len(absent) else "-"
        print(f"  {name:<17} {np.median(d):7.1f} {np.mean(d < 10):14.2f} {found:7.2f} {invented:>10}")
    print(f"  {'all':<17} {np.median(distances[shown]):7.1f} {np.mean(distances[shown] < 10):14.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=LABELS)
    parser.add_argument("model", type=Path)
    parser.add_argument("shards", type=Path, nargs="+")
    arguments = parser.parse_args()
    model = Model(arguments.model, importlib.import_module(f"{arguments.network}_net"))
    evaluate(model, importlib.import_module(LABELS[arguments.network]), arguments.shards)


if __name__ == "__main__":
    main()
