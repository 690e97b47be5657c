"""Draws the demo catalogue.

    render.py --out gateway/demo --sheets docs/pictures --assets people-assets.zip   everything
    render.py --out gateway/demo --only oxford-shirt person-02 ...                   some pictures

Garments need no assets; people need the renderer's asset archive (see assets.py).
"""

import argparse
import pathlib
import time

import cv2
import numpy as np

import lower
import upper
from catalogue import PRODUCTS
from facts import FACTS

QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 89]
TRYON = ("person-06", "sunset-graphic-tee")


def write_garments(out, only):
    (out / "garments").mkdir(parents=True, exist_ok=True)
    for product in PRODUCTS:
        if only and product.slug not in only:
            continue
        begin = time.time()
        picture = (upper if isinstance(product.cut, upper.Upper) else lower).paint(product.cut)
        cv2.imwrite(str(out / "garments" / f"{product.slug}.jpg"), picture[:, :, ::-1], QUALITY)
        print(f"{product.slug} {time.time() - begin:.1f} s", flush=True)


def write_people(out, assets, only, truth):
    from figure import Figure
    from people import PEOPLE
    from photograph import Photograph
    from wardrobe import Wardrobe

    (out / "people").mkdir(parents=True, exist_ok=True)
    wardrobe = Wardrobe(assets)
    for person in PEOPLE:
        if only and person.name not in only:
            continue
        rgb, labels, canon, keypoints = Photograph(Figure(wardrobe, person)).take()
        cv2.imwrite(str(out / "people" / f"{person.name}.jpg"), rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        if truth:
            truth.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(truth / f"{person.name}.npz", labels=labels, canon=canon.astype(np.float16), keypoints=keypoints)
            cv2.imwrite(str(truth / f"{person.name}-labels.png"), labels)
        print(person.name, flush=True)


def write_manifest(out):
    from people import PEOPLE

    quote = lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
    many = lambda items: "[" + ", ".join(quote(i) for i in items) + "]"
    lines = ["# Written by tryon-worker/training/demo/render.py; edit catalogue.py and people.py instead.", "", "[tryon]",
             f"person = {quote(TRYON[0])}", f"garment = {quote(TRYON[1])}", ""]
    for p in PRODUCTS:
        lines += ["[[garments]]", f"slug = {quote(p.slug)}", f"name = {quote(p.name)}", f"category = {quote(p.category)}",
                  f"colour = {{ name = {quote(p.colour)}, hex = {quote(p.hex)} }}", f"sizes = {many(p.sizes)}", f"price_cents = {p.price_cents}",
                  'currency = "EUR"', f"description = {quote(p.description)}", f"brand = {quote(FACTS[p.slug][0])}",
                  f"material = {quote(FACTS[p.slug][1])}", f"category_path = {quote(FACTS[p.slug][2])}", f"tags = {many(p.tags)}", f'picture = "garments/{p.slug}.jpg"', ""]
    for p in PEOPLE:
        lines += ["[[people]]", f"slug = {quote(p.name)}", f"label = {quote(p.about)}", f'picture = "people/{p.name}.jpg"', ""]
    (out / "catalogue.toml").write_text("\n".join(lines))


def sheet(files, columns, width, target, limit=250_000):
    """A contact sheet as JPEG under `limit` bytes."""
    cells = []
    for f in files:
        image = cv2.imread(str(f))
        cells.append(cv2.resize(image, (width, image.shape[0] * width // image.shape[1]), interpolation=cv2.INTER_AREA))
    while len(cells) % columns:
        cells.append(np.full_like(cells[0], 240))
    rows = [np.concatenate(cells[i:i + columns], 1) for i in range(0, len(cells), columns)]
    for quality in range(90, 30, -4):
        ok, data = cv2.imencode(".jpg", np.concatenate(rows), [cv2.IMWRITE_JPEG_QUALITY, quality])
        if ok and len(data) <= limit:
            break
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data.tobytes())


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--out", type=pathlib.Path, required=True)
    a.add_argument("--assets", help="asset archive; without it no people are drawn")
    a.add_argument("--sheets", type=pathlib.Path)
    a.add_argument("--truth", type=pathlib.Path, help="also write labels and keypoints of the people here")
    a.add_argument("--only", nargs="*")
    a.add_argument("--no-garments", action="store_true")
    a = a.parse_args()
    if not a.no_garments:
        write_garments(a.out, a.only)
    if a.assets:
        write_people(a.out, a.assets, a.only, a.truth)
    write_manifest(a.out)
    if a.sheets:
        sheet([a.out / "garments" / f"{p.slug}.jpg" for p in PRODUCTS], 8, 176, a.sheets / "demo-garments.jpg")
        sheet(sorted((a.out / "people").glob("*.jpg")), 4, 300, a.sheets / "demo-people.jpg")


if __name__ == "__main__":
    main()
