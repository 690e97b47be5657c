"""Measures an exported network on made pictures that it was not trained on.

    python evaluate.py person MODEL.onnx SHARD.npz...
    python evaluate.py garment MODEL.onnx SHARD.npz...

Prints intersection over union per part, for people also by skin tone, and the keypoints' error in pixels of the 256x192
input. PCK@0.1 is the share of the keypoints in the picture that are less than a tenth of a length off: of the torso's
diameter (left shoulder to right hip), or of the longer side of the box around the person or garment. Make the shards with
a seed that no training shard has: bodies or garments, textures and scenes are then all new. They are drawn by the same
code, so the figures say how well the network learned the made pictures, not how well it does on photographs.
"""

import argparse
import importlib
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import onnxruntime

from scores import Scores

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
    names = labels_of.PARTS, labels_of.KEYPOINTS
    every, by_tone = Scores(*names), {}
    for path in shards:
        with np.load(path) as archive:
            images, labels, keypoints = archive["image"], archive["labels"], archive["keypoints"]
            tones = archive["tone"] if "tone" in archive else [None] * len(images)
        for image, truth, points, tone in zip(images, labels, keypoints, tones):
            answer = model(image)
            every.add(*answer, truth, points)
            if tone is not None:
                by_tone.setdefault(labels_of.TONES[tone], Scores(*names)).add(*answer, truth, points)
    _print_parts(every)
    for name in sorted(by_tone, key=getattr(labels_of, "TONES", ()).index):
        tone = by_tone[name]
        print(f"  skin {name:<10} {len(tone):4} pictures, mIoU {tone.mean_iou():.3f}, {_correct(tone)}")
    _print_keypoints(every)


def _correct(scores: Scores) -> str:
    torso = f"{scores.correct(scores.torsos):.3f} of the torso, " if scores.torsos else ""
    return f"PCK@0.1 {torso}{scores.correct(scores.boxes):.3f} of the box"


def _print_parts(scores: Scores) -> None:
    print(f"{len(scores)} pictures, mIoU {scores.mean_iou():.3f}, {_correct(scores)}")
    for name, value in zip(scores.parts, scores.iou()):
        print(f"  {name:<15} {value:.3f}")


def _print_keypoints(scores: Scores) -> None:
    distances, shown, seen = (np.array(a) for a in (scores.distances, scores.present, scores.seen))
    print("keypoint          median px   within 10 px   found   invented")
    for i, name in enumerate(scores.keypoints):
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
