"""Draws what a network says about pictures, to look at.

    python look.py garment MODEL.onnx SHEET.png PICTURE.jpg...
    python look.py person MODEL.onnx SHEET.png PICTURE.jpg...

One cell per picture: the picture letterboxed to 256x192, and beside it the parts (a colour each) and the landmarks whose
peak is over 0.25 (green: left, red: right, white: middle).
"""

import argparse
import importlib
from pathlib import Path

import cv2
import numpy as np

from evaluate import LABELS, Model
from scores import SEEN

#: One colour per part.
PALETTE = np.array(
    [
        (0, 0, 0),
        (90, 140, 255),
        (255, 80, 80),
        (80, 220, 80),
        (255, 220, 0),
        (255, 0, 255),
        (0, 255, 255),
        (255, 140, 0),
        (160, 0, 255),
        (255, 255, 255),
    ],
    np.uint8,
)


def letterbox(picture: np.ndarray, size: tuple[int, int], network: str) -> np.ndarray:
    """The picture at the network's size: aspect kept, centred, the rest in a mean colour.

    That is the colour of the picture's border for garments, of its top rows for people.
    """
    height, width = size
    scale = min(height / picture.shape[0], width / picture.shape[1])
    h, w = round(picture.shape[0] * scale), round(picture.shape[1] * scale)
    border = picture[: max(1, len(picture) // 80)].reshape(-1, 3)
    if network == "garment":
        border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    out = np.empty((height, width, 3), np.uint8)
    out[:] = border.mean(0).round()
    top, left = (height - h) // 2, (width - w) // 2
    out[top : top + h, left : left + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    return out


def cell(image: np.ndarray, parts: np.ndarray, keypoints: np.ndarray, names: tuple[str, ...], zoom: int) -> np.ndarray:
    """The picture and its overlay side by side, RGB."""
    mixed = np.where(parts[..., None] > 0, image // 2 + PALETTE[parts] // 2, image)
    pair = cv2.resize(np.concatenate([image, mixed], 1), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
    for name, (x, y, peak) in zip(names, keypoints):
        if peak > SEEN:
            at = int((x + image.shape[1]) * zoom), int(y * zoom)
            colour = (0, 255, 0) if "left" in name else (255, 0, 0) if "right" in name else (255, 255, 255)
            cv2.circle(pair, at, zoom + 2, (0, 0, 0), -1)
            cv2.circle(pair, at, zoom, colour, -1)
    return pair


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=LABELS)
    parser.add_argument("model", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--zoom", type=int, default=1)
    arguments = parser.parse_args()
    network = importlib.import_module(f"{arguments.network}_net")
    names = importlib.import_module(LABELS[arguments.network]).KEYPOINTS
    model = Model(arguments.model, network)
    cells = []
    for path in arguments.pictures:
        picture = np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])
        image = letterbox(picture, network.INPUT_SIZE, arguments.network)
        cells.append(cell(image, *model(image), names, arguments.zoom))
    while len(cells) % arguments.columns:
        cells.append(np.zeros_like(cells[0]))
    rows = [np.concatenate(cells[i : i + arguments.columns], 1) for i in range(0, len(cells), arguments.columns)]
    cv2.imwrite(str(arguments.sheet), np.concatenate(rows)[:, :, ::-1])


if __name__ == "__main__":
    main()
