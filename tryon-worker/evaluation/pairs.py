"""Try-ons whose true picture is known: a rendered person in one garment, the packshot of another, and the person in that one."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

import against_truth as truth
import probes
from cases import Case

#: No training shard has this seed.
SEED = 980
#: What is measured, and how it is printed.
FIGURES = {
    "boundary_f": "boundary F at 4 px",
    "layer_iou": "layer-order IoU",
    "misplaced_median": "correspondence error, median px",
    "misplaced_p90": "correspondence error, p90 px",
    "colour": "interior CIEDE2000",
    "ssim": "SSIM, whole picture",
    "ssim_edited": "SSIM, edit region",
}


def make(assets: Path, folder: Path, count: int, seed: int = SEED) -> list[Case]:
    """Renders the pairs that are not in the folder yet."""
    from make_pairs import names, triplets, write

    wanted = names(count)
    missing = [number for number, name in enumerate(wanted) if not (folder / name / "facts.json").exists()]
    for number, triplet in zip(missing, triplets(assets, seed, missing)):
        write(triplet, folder / wanted[number])
    return [_case(folder / name) for name in wanted]


def _case(folder: Path) -> Case:
    facts = json.loads((folder / "facts.json").read_text())
    with np.load(folder / "truth.npz") as archive:
        told = dict(archive)
    told |= {"pose": facts["pose"], "folder": folder}
    return Case(folder.name, folder / "person.png", folder / "garment.png", facts["category"], facts["kind"], facts["tone"], told)


def picture(path: Path) -> np.ndarray:
    """RGB bytes."""
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def probed(cases: list[Case], folder: Path, out: Path) -> list[Case]:
    """More try-ons of the same pairs: with coded cloth and, where the worker wrote no `NAME.garment.png`, with shaded cloth."""
    folder.mkdir(parents=True, exist_ok=True)
    more = []
    for case in cases:
        image, coverage = picture(case.garment), case.truth["shot_coverage"] / 255
        variants = {"coded": probes.coded(image, coverage)}
        if not (out / f"{case.name}.garment.png").exists():
            variants["shaded"], case.truth["shade"] = probes.shade(image, coverage)
        for kind, changed in variants.items():
            path = folder / f"{case.name}.{kind}.garment-picture.png"
            cv2.imwrite(str(path), np.ascontiguousarray(changed[:, :, ::-1]))
            more.append(Case(f"{case.name}.{kind}", case.person, path, case.category, case.slug))
    return more


def silhouette(case: Case, out: Path, folder: Path) -> np.ndarray | None:
    """Where the new garment is in the result: what the worker says, or else what follows the shade of the packshot."""
    told, shaded = out / f"{case.name}.garment.png", folder / f"{case.name}.shaded.png"
    if told.exists():
        return cv2.imread(str(told), cv2.IMREAD_GRAYSCALE) >= 128
    if shaded.exists():
        return probes.silhouette(picture(out / f"{case.name}.png"), picture(shaded), case.truth["shade"]) >= 0.5
    return None


def measure(case: Case, out: Path, folder: Path) -> dict[str, float]:
    """All figures of a finished try-on; NaN where something cannot be said."""
    told, result, true = case.truth, picture(out / f"{case.name}.png"), picture(case.truth["folder"] / "truth.png")
    own, worn = silhouette(case, out, folder), told["coverage"] >= 128
    edited = cv2.imread(str(out / f"{case.name}.edited.png"), cv2.IMREAD_GRAYSCALE) > 0
    similar = truth.ssim(true, result)
    found = {"ssim": float(similar.mean()), "ssim_edited": float(similar[edited].mean())}
    if own is None:
        return found
    both = own & worn
    here, there = truth.in_front(told["person_labels"], told["whole"], own), told["in_front"]
    found |= {
        "boundary_f": truth.boundary_f(worn, own),
        "garment_iou": float(both.sum() / max(1, (own | worn).sum())),
        "layer_both": float((here & there).sum()),
        "layer_either": float((here | there).sum()),
        "layer_iou": float((here & there).sum() / (here | there).sum()) if there.sum() > 100 else float("nan"),
        "colour": truth.colour_difference(true, result, both),
    }
    found |= {f"offset {edge}": value for edge, value in truth.offsets(worn, own, told, case.category).items()}
    coded = folder / f"{case.name}.coded.png"
    if coded.exists():
        core = cv2.erode(both.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
        decoded = probes.decode(picture(coded), told["shot_coverage"] / 255)
        off = truth.misplaced(told["places"], decoded, core)
        # Sleeves and legs hang otherwise than in the packshot.
        trunk = core & ~(told["along_arm"] > 0) if case.category != "bottoms" else core
        if (times := truth.stretch(told["places"], decoded, trunk)) is not None:
            found |= dict(zip(("times too wide", "times too long"), times))
        if len(off):
            length = np.linalg.norm(off, axis=1)
            found |= {
                "misplaced_median": float(np.median(length)),
                "misplaced_p90": float(np.percentile(length, 90)),
                "misplaced right": float(np.median(off[:, 0])),
                "misplaced down": float(np.median(off[:, 1])),
            }
    return found


def report(cases: list[Case], answers: dict[str, dict], found: dict[str, dict]) -> None:
    """Prints refusals and figures: of all, by category, kind of garment, skin tone and pose."""
    refused = Counter(answers[c.name]["refused"] for c in cases if answers[c.name]["refused"])
    print(f"{len(cases)} pairs, {len(found)} pictures, refused: {dict(refused) or 'none'}")
    groups = [("all", lambda c: "")]
    groups += [("category", lambda c: c.category), ("kind", lambda c: c.slug), ("tone", lambda c: c.tone), ("pose", lambda c: c.truth["pose"])]
    print("| | made | " + " | ".join(FIGURES.values()) + " |\n" + "|---" * (2 + len(FIGURES)) + "|")
    for title, of in groups:
        for value in sorted({of(c) for c in cases}):
            own = [c for c in cases if of(c) == value]
            made = [found[c.name] for c in own if c.name in found]
            cells = [_mean(made, figure) for figure in FIGURES]
            print(f"| {title} {value} | {len(made)} of {len(own)} | " + " | ".join(cells) + " |")
    print("\nhow far the result reaches beyond the truth, px (median of pairs, quartiles, number of pairs):")
    for category in sorted({c.category for c in cases}):
        made = [found[c.name] for c in cases if c.category == category and c.name in found]
        for figure in sorted({f for m in made for f in m if f.startswith(("offset", "misplaced ", "times"))}):
            values = [m[figure] for m in made if figure in m]
            low, middle, high = np.percentile(values, [25, 50, 75])
            print(f"  {category}: {figure:22} {middle:+6.2f} ({low:+.2f} to {high:+.2f}), {len(values)}")


def _mean(made: list[dict[str, float]], figure: str) -> str:
    """Of the layers, pixels are counted together; of the rest, pairs."""
    if figure == "layer_iou":
        both, either = (sum(m.get(f"layer_{k}", 0.0) for m in made) for k in ("both", "either"))
        return f"{both / either:.3f}" if either > 100 else "–"
    values = [m[figure] for m in made if np.isfinite(m.get(figure, float("nan")))]
    digits = 1 if figure.startswith("misplaced") or figure == "colour" else 3
    return f"{np.mean(values):.{digits}f}" if values else "–"


def sheet(cases: list[Case], out: Path, path: Path, columns: int = 3, width: int = 200) -> None:
    """Person, packshot, result and true picture of each pair side by side, with the result left empty where it was refused."""
    rows = []
    for case in cases:
        paths = [case.person, case.garment, out / f"{case.name}.png", case.truth["folder"] / "truth.png"]
        images = [cv2.imread(str(p)) if p.exists() else np.full((4, 3, 3), 255, np.uint8) for p in paths]
        cells = [cv2.resize(i, (width, width * 4 // 3), interpolation=cv2.INTER_AREA) for i in images]
        rows.append(cv2.copyMakeBorder(np.concatenate(cells, 1), 0, 4, 0, 8, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    rows += [np.full_like(rows[0], 255)] * (-len(rows) % columns)
    cv2.imwrite(str(path), np.concatenate([np.concatenate(rows[i : i + columns], 1) for i in range(0, len(rows), columns)]))
