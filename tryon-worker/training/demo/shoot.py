"""Renders people: `shoot.py ASSETS OUT [--ss N] [--only NAME ...] [--truth DIR]`."""

import argparse
import pathlib
import time

import cv2
import numpy as np

from figure import Figure, Wardrobe
from people import PEOPLE
from photograph import Photograph


def main():
    a = argparse.ArgumentParser()
    a.add_argument("assets")
    a.add_argument("out", type=pathlib.Path)
    a.add_argument("--ss", type=int, default=3)
    a.add_argument("--size", type=int, default=1024)
    a.add_argument("--only", nargs="*")
    a.add_argument("--truth", type=pathlib.Path)
    a = a.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    wardrobe = Wardrobe(a.assets)
    for person in PEOPLE:
        if a.only and person.name not in a.only:
            continue
        begin = time.time()
        rgb, labels, canon, kp = Photograph(Figure(wardrobe, person), a.size * 3 // 4, a.size, a.ss).take()
        cv2.imwrite(str(a.out / f"{person.name}.jpg"), rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 91])
        if a.truth:
            a.truth.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(a.truth / f"{person.name}.npz", labels=labels, canon=canon.astype(np.float16), keypoints=kp)
            cv2.imwrite(str(a.truth / f"{person.name}-labels.png"), labels)
        print(person.name, round(time.time() - begin, 1), flush=True)


if __name__ == "__main__":
    main()
