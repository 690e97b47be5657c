"""Pictures that have to be refused, and good ones: are refusals right, and is what is wrong refused?"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from cases import Case

SEED = 990
#: Different people and garments that each kind of fault is shown with.
VARIANTS = 4
_SIZE = (1024, 768)


@dataclass
class Attempt:
    """A try-on and the codes that would be right; none: it should be made."""

    case: Case
    kind: str
    codes: tuple[str, ...]


#: Refused or not, both are right: the garment network cuts a garment out of blocks of random colour as well as off a plain ground, and the
#: results are as good as others; a pack that needs a calm ground may say so.
EITHER = {"busy ground": ("garment-background-busy",)}
#: Codes that are right for each kind of fault, the best one first.
EXPECTED = {
    "several people": ("several-people",),
    "from behind": ("not-front-view", "no-person"),
    "from the side": ("not-front-view",),
    "crossed arms": ("arms-cross-torso",),
    "crossed sleeves": ("arms-cross-torso",),
    "behind a table": ("body-part-out-of-frame",),
    "cut off below the chest": ("body-part-out-of-frame",),
    "blurred": ("person-blurred", "pose-uncertain", "no-person"),
    "tiny": ("person-too-small", "no-person"),
    "nobody": ("no-person",),
    "a garment as person": ("no-person",),
    "garment cut by the border": ("garment-touches-border",),
    "trousers as a top": ("garment-category", "garment-shape-unknown"),
    "a top as trousers": ("garment-category", "garment-shape-unknown"),
    "nothing as garment": ("garment-not-found",),
    "a person as garment": (
        "garment-background-busy", "garment-shape-unknown", "garment-category", "garment-touches-border", "garment-not-found",
    ),
}  # fmt: skip


def make(assets: Path, folder: Path) -> list[Attempt]:
    """Renders all pictures."""
    from renderer.sampler import Gen

    folder.mkdir(parents=True, exist_ok=True)
    generator, attempts = Gen(24, SEED, assets), []
    for variant in range(VARIANTS):
        pictures = _pictures(generator, variant)
        paths = {}
        for name, picture in pictures.items():
            paths[name] = folder / f"{variant}-{name.replace(' ', '-')}.png"
            cv2.imwrite(str(paths[name]), np.ascontiguousarray(picture[:, :, ::-1]))

        def attempt(kind: str, person: str, garment: str, category: str = "tops", variant=variant, paths=paths) -> Attempt:
            name = f"{kind.replace(' ', '-')}--{variant}"
            return Attempt(Case(name, paths[person], paths[garment], category, kind), kind, EXPECTED.get(kind, EITHER.get(kind, ())))

        people = ("several people", "from behind", "from the side", "crossed arms", "crossed sleeves", "cut off below the chest", "blurred", "tiny", "nobody")
        attempts += [attempt(kind, kind, "tee") for kind in people]
        attempts.append(attempt("a garment as person", "tee", "tee"))
        attempts.append(attempt("behind a table", "behind a table", "trousers", "bottoms"))
        attempts += [attempt(kind, "person", kind) for kind in ("garment cut by the border", "nothing as garment", "busy ground")]
        attempts.append(attempt("trousers as a top", "person", "trousers"))
        attempts.append(attempt("a top as trousers", "person", "tee", "bottoms"))
        attempts.append(attempt("a person as garment", "person", "several people"))
        attempts += [attempt("good: tee", "person", "tee"), attempt("good: trousers", "person", "trousers", "bottoms")]
    return attempts


def _pictures(generator, variant: int) -> dict[str, np.ndarray]:
    """RGB pictures by what they show; `person`, `tee` and `trousers` are good."""
    from renderer.pairs import draw_pair
    from renderer.garments import LOWER
    from renderer.ghost import packshot
    from renderer.pose import Pose, place_both_hands
    from renderer.render import render

    seed = 1000 * SEED + variant
    rng = np.random.default_rng(seed)
    model, size = generator.model, _SIZE
    pair, other = draw_pair(generator, seed, "tee", "straight"), draw_pair(generator, seed + 100, "trousers", "straight")
    shown = lambda scene: render(model, scene, *size).image  # noqa: E731
    turned = lambda yaw: replace(pair.before, camera=replace(pair.before.camera, yaw=yaw))  # noqa: E731
    sleeves = draw_pair(generator, seed + 200, "long-sleeve", "straight").after
    crossed, crossed_sleeves = Pose(), Pose()
    place_both_hands(rng, model, sleeves.body.vertices, crossed_sleeves, "crossed")
    place_both_hands(rng, model, pair.before.body.vertices, crossed, "crossed")
    person, second = shown(pair.before), shown(replace(other.before, camera=pair.before.camera, backdrop=pair.before.backdrop))
    tee = packshot(model, pair.after.garments[pair.kept :], pair.male, pair.seed)
    trousers = packshot(model, other.after.garments[other.kept :], other.male, other.seed)
    rows, columns = np.nonzero(tee.coverage > 0.5)
    middle, half = size[1] // 2, size[1] // 4
    ground = person[:40].reshape(-1, 3).mean(0)
    tiny = np.full_like(person, ground)
    small = cv2.resize(person, (48, 64), interpolation=cv2.INTER_AREA)
    tiny[500:564, 360:408] = small
    nobody = cv2.GaussianBlur(cv2.resize(rng.uniform(60, 220, (6, 4, 3)), size[::-1], interpolation=cv2.INTER_CUBIC), (0, 0), 9)
    busy = cv2.resize(rng.uniform(20, 235, (50, 40, 3)), tee.image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    table = render(model, other.before, *size)
    hips = np.nonzero((table.labels == LOWER).any(1))[0].min()
    table = table.image.copy()
    table[hips + size[0] // 40 :] = rng.uniform(60, 220, 3)
    alpha = tee.coverage[..., None]
    return {
        "person": person,
        "tee": tee.image,
        "trousers": trousers.image,
        "several people": np.concatenate([person[:, middle - half : middle + half], second[:, middle - half : middle + half]], 1),
        "from behind": shown(turned(180.0)),
        "from the side": shown(turned(75.0 if variant % 2 else -75.0)),
        "crossed arms": shown(replace(pair.before, pose=crossed.bones)),
        "crossed sleeves": shown(replace(sleeves, pose=crossed_sleeves.bones)),
        "behind a table": table,
        "cut off below the chest": person[: size[0] * 36 // 100],
        "blurred": cv2.GaussianBlur(person, (0, 0), 22),
        "tiny": tiny,
        "nobody": np.uint8(np.clip(nobody, 0, 255)),
        "garment cut by the border": np.ascontiguousarray(tee.image[:, columns.min() + np.ptp(columns) // 5 :]),
        "nothing as garment": np.full_like(tee.image, tee.image[0, 0]),
        "busy ground": np.uint8(np.clip(tee.image * alpha + busy * (1 - alpha), 0, 255)),
    }


def report(attempts: list[Attempt], answers: dict[str, dict]) -> None:
    """Prints what was expected and what came, and precision and recall of refusing."""
    code = lambda a: answers[a.case.name]["refused"]  # noqa: E731
    print("| fault | expected | got | refused | with a right code |\n|---|---|---|---|---|")
    for kind in dict.fromkeys(a.kind for a in attempts):
        free = kind in EITHER
        own = [a for a in attempts if a.kind == kind]
        got = [code(a) or "made" for a in own]
        counts = ", ".join(f"{got.count(c)} {c}" for c in dict.fromkeys(got))
        refused, right = sum(c != "made" for c in got), sum(c in a.codes or (free and c == "made") for a, c in zip(own, got))
        print(f"| {kind} | {', '.join(('made',) * free + own[0].codes) or 'made'} | {counts} | {refused} of {len(own)} | {right if own[0].codes else '–'} |")
    bad, good = ([a for a in attempts if bool(a.codes) == wrong and a.kind not in EITHER] for wrong in (True, False))
    caught, right, false = sum(bool(code(a)) for a in bad), sum(code(a) in a.codes for a in bad), sum(bool(code(a)) for a in good)
    print(f"\nrecall {caught}/{len(bad)}, precision {caught}/{caught + false}, right codes {right}/{len(bad)}, false refusals {false}/{len(good)}")
    for attempt in good:
        if code(attempt):
            print(f"  {attempt.case.name}: {code(attempt)}")
