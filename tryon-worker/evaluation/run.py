"""Makes many try-ons with the worker's own binary and measures them.

    python run.py demo OUT                   # the demo's people and packshots, a plain tee and printed codes
    python run.py rendered OUT ASSETS.zip    # new rendered people, whose parts are known exactly
    python run.py pairs OUT ASSETS.zip       # rendered people in packshots of the same wardrobe, against the true pictures
    python run.py adversarial OUT ASSETS.zip # what has to be refused, and good pictures beside it
    python run.py demo OUT --sheet SHEET.jpg # also a contact sheet

`--pack` and `--worker` choose networks and binary, `--garments a,b` and `--people 1,2` fewer demo cases. Every figure is
printed with the number of pictures that it is of.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tryon-worker" / "training")]

import cases as make  # noqa: E402
import measures  # noqa: E402
import pairs  # noqa: E402
import refusals  # noqa: E402

#: Garments for rendered people, in turn: one of each kind, with long, short and no sleeves.
RENDERED = ["breton-long-sleeve", "pocket-tee-clay", "oxford-shirt", "north-pier-hoodie", "fine-stripe-shirt", "stripe-jersey-dress", "bomber-jacket", "fern-tee"]


def worker(binary: Path, pack: Path, cases: list[make.Case], out: Path) -> dict[str, dict]:
    """Runs all cases in one process; the answers by name."""
    out.mkdir(parents=True, exist_ok=True)
    for case in cases:
        # JPEG decoders differ by a step of colour here and there; what is compared later must be what the worker saw.
        if case.person.suffix == ".jpg":
            lossless = out / f"{case.person.stem}.png"
            if not lossless.exists():
                cv2.imwrite(str(lossless), cv2.imread(str(case.person)))
            case.person = lossless
    lines = [json.dumps({"name": c.name, "person": str(c.person), "garment": str(c.garment), "category": c.category}) for c in cases]
    (out / "list.jsonl").write_text("\n".join(lines) + "\n")
    command = [binary, "--pack", pack, "evaluate", "--list", out / "list.jsonl", "--out", out]
    done = subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True)
    (out / "answers.jsonl").write_text(done.stdout)
    return {a["name"]: a for a in map(json.loads, done.stdout.splitlines())}


def picture(path: Path) -> np.ndarray:
    """RGB bytes."""
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


class Eyes:
    """The pack's person network, to look at pictures with."""

    def __init__(self, pack: Path):
        from evaluate import Model
        from look import letterbox

        role = tomllib.loads((pack / "pack.toml").read_text())["person"]
        self.size = tuple(role["input"]["shape"][2:])
        stride = self.size[0] // role["outputs"][1]["shape"][2]
        self.model = Model(pack / role["file"], SimpleNamespace(INPUT_SIZE=self.size, KEYPOINT_STRIDE=stride))
        self.letterbox = letterbox

    def parts(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Parts at the network's size, and keypoints in pixels of the picture."""
        parts, points = self.model(self.letterbox(image, self.size, "person"))
        scale = min(self.size[0] / image.shape[0], self.size[1] / image.shape[1])
        inset = [(self.size[1] - image.shape[1] * scale) / 2, (self.size[0] - image.shape[0] * scale) / 2]
        return parts, (points[:, :2] - inset) / scale

    def agreement(self, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """How well the parts that it sees are the true ones (`measures.agreement`), at the network's size."""
        height, width = (round(n * min(self.size[0] / labels.shape[0], self.size[1] / labels.shape[1])) for n in labels.shape)
        top, left = (self.size[0] - height) // 2, (self.size[1] - width) // 2
        true = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
        return measures.agreement(self.parts(image)[0][top : top + height, left : left + width], true)


def measure(case: make.Case, out: Path, eyes: Eyes) -> dict[str, float]:
    """All figures of a finished try-on."""
    from renderer.labels import KEYPOINTS

    before, after = picture(case.person), picture(out / f"{case.name}.png")
    edited = cv2.imread(str(out / f"{case.name}.edited.png"), cv2.IMREAD_GRAYSCALE) > 0
    (parts, points), (result, _) = eyes.parts(before), eyes.parts(after)
    cloth = measures.LOWER if case.category == "bottoms" else measures.UPPER
    found = {"outside": measures.outside(before, after, edited), "holes": measures.holes(result, cloth)}
    if case.category != "bottoms":
        found["bared"] = measures.bared(parts, result)
    if case.slug == "code":
        found["decoded"] = float(measures.decodes(after))
        ideal = measures.pasted(after)
        if ideal is not None:
            found["decoded_at_best"] = float(measures.decodes(ideal))
    if case.slug == make.PLAIN:
        wanted = [points[KEYPOINTS.index(name)] for name in ("neck", "left_hip", "right_hip")]
        found["colour"] = measures.colour_off(picture(case.garment), after, np.array(wanted))
    if case.truth:
        found |= measures.kept(case, edited)
    return found


def report(cases: list[make.Case], answers: dict[str, dict], found: dict[str, dict]) -> None:
    """Prints refusals, times and figures."""
    refused = [(c.name, answers[c.name]["refused"]) for c in cases if answers[c.name]["refused"]]
    print(f"{len(cases)} cases, {len(found)} pictures, {len(refused)} refused")
    for reason in sorted({r for _, r in refused}):
        names = [n for n, r in refused if r == reason]
        print(f"  {reason}: {len(names)} ({', '.join(names[:6])}{', …' if len(names) > 6 else ''})")
    times = np.array([answers[name]["total_ms"] for name in found])
    print(f"milliseconds, this machine as it is: median {np.median(times):.0f}, worst {times.max():.0f}")
    for figure in sorted({f for values in found.values() for f in values}):
        values = {n: v[figure] for n, v in found.items() if figure in v}
        worst = max(values, key=values.get)
        print(f"{figure}: mean {np.mean(list(values.values())):.4f}, worst {values[worst]:.4f} ({worst}), of {len(values)}")
    for tone in [t for t in make_tones() if any(c.tone == t for c in cases)]:
        own = [c for c in cases if c.tone == tone]
        made = [found[c.name] for c in own if c.name in found]
        left = np.mean([m["old_top_left"] for m in made]) if made else float("nan")
        print(f"tone {tone}: {len(made)} of {len(own)} made, old_top_left {left:.4f}")


def report_parts(cases: list[make.Case], eyes: Eyes) -> None:
    """Prints how well the network sees the parts of rendered people, of refused ones too."""
    from renderer.labels import PARTS

    both = np.sum([eyes.agreement(picture(c.person), c.truth["labels"]) for c in cases], 0)
    iou = {name: b / a for name, (b, a, true) in zip(PARTS, both) if true}
    print(f"parts of {len(cases)} people, one look: mIoU {np.mean(list(iou.values())):.3f}, " + ", ".join(f"{n} {v:.3f}" for n, v in iou.items()))


def make_tones() -> tuple[str, ...]:
    """Skin tones from light to dark."""
    from renderer.labels import TONES

    return TONES


def sheet(names: list[str], out: Path, path: Path, columns: int = 8, width: int = 220) -> None:
    """The results side by side."""
    cells = []
    for name in names:
        image = cv2.imread(str(out / f"{name}.png"))
        image = image[: round(image.shape[1] * 4 / 3)]
        cells.append(cv2.resize(image, (width, round(width * 4 / 3)), interpolation=cv2.INTER_AREA))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], 1) for i in range(0, len(cells), columns)]
    cv2.imwrite(str(path), np.concatenate(rows), [cv2.IMWRITE_JPEG_QUALITY, 84])


def against_truth(arguments: argparse.Namespace, out: Path) -> None:
    """Pairs whose true picture is known."""
    cases = pairs.make(arguments.assets, out / "triplets", arguments.count)
    answers = worker(arguments.worker, arguments.pack, cases, out)
    made = [c for c in cases if not answers[c.name]["refused"]]
    folder = out / "probes"
    probed = pairs.probed(made, folder, out)
    if probed:
        worker(arguments.worker, arguments.pack, probed, folder)
    found = {c.name: pairs.measure(c, out, folder) for c in made}
    (out / "figures.json").write_text(json.dumps(found, indent=1))
    pairs.report(cases, answers, found)
    if arguments.sheet:
        pairs.sheet(cases, out, arguments.sheet)


def adversarial(arguments: argparse.Namespace, out: Path) -> None:
    """What has to be refused, and good pictures beside it."""
    attempts = refusals.make(arguments.assets, out / "pictures")
    answers = worker(arguments.worker, arguments.pack, [a.case for a in attempts], out)
    refusals.report(attempts, answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("demo", "rendered", "pairs", "adversarial"))
    parser.add_argument("out", type=Path)
    parser.add_argument("assets", type=Path, nargs="?", help="the training's raw material; for all but demo")
    parser.add_argument("--pack", type=Path, default=ROOT / "tryon-worker/models/drape-2026.2")
    parser.add_argument("--worker", type=Path, default=ROOT / "target/debug/drape-tryon-worker")
    parser.add_argument("--garments", help="slugs of the demo, with commas")
    parser.add_argument("--people", default="1,2,3,4,5,6,7,8")
    parser.add_argument("--pairs", type=Path, help="a file with a slug and a number of a person on each line, instead")
    parser.add_argument("--count", type=int, default=48, help="how many rendered people or pairs")
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    if arguments.kind in ("pairs", "adversarial"):
        cv2.setNumThreads(1)
        {"pairs": against_truth, "adversarial": adversarial}[arguments.kind](arguments, out)
        return
    if arguments.kind == "rendered":
        cases = make.rendered(arguments.assets, out / "people", arguments.count, RENDERED)
    elif arguments.pairs:
        wanted = [line.split() for line in arguments.pairs.read_text().splitlines()]
        cases = [make.demo([slug], (int(person),))[0] for slug, person in wanted]
    else:
        people = tuple(map(int, arguments.people.split(",")))
        cases = make.demo(arguments.garments and arguments.garments.split(","), people)
    shown = [c.name for c in cases]
    if arguments.kind == "demo":
        controls = make.demo([make.PLAIN]) + make.codes(out / "codes")
        cases += [c for c in controls if c.name not in shown]
    answers = worker(arguments.worker, arguments.pack, cases, out)
    eyes = Eyes(arguments.pack)
    found = {c.name: measure(c, out, eyes) for c in cases if not answers[c.name]["refused"]}
    (out / "figures.json").write_text(json.dumps(found, indent=1))
    report(cases, answers, found)
    if arguments.kind == "rendered":
        report_parts(cases, eyes)
    if arguments.sheet:
        sheet([name for name in shown if name in found], out, arguments.sheet)


if __name__ == "__main__":
    main()
