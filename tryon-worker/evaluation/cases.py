"""Which try-ons are measured: the demo's people and packshots, codes printed on a tee, and rendered people."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "gateway" / "demo"
#: What a printed code says.
CODE = "drape 2026"
#: Light modules around it.
QUIET = 2
#: The demo's plain tee, which codes are printed on too, and a part of it that is nothing but cloth, in shares of its picture.
PLAIN, PLAIN_CLOTH = "pocket-tee-clay", (0.4, 0.6, 0.6, 0.72)


@dataclass
class Case:
    """A try-on, and what is known of its photo."""

    name: str
    person: Path
    garment: Path
    category: str
    slug: str
    tone: str | None = None  # the skin tone of a rendered person
    truth: dict = field(default_factory=dict)  # labels and keypoints of a rendered person


def catalogue() -> dict[str, dict]:
    """The demo's garments by slug."""
    return {g["slug"]: g for g in tomllib.loads((DEMO / "catalogue.toml").read_text())["garments"]}


def demo(slugs: list[str] | None = None, people: tuple[int, ...] = tuple(range(1, 9))) -> list[Case]:
    """Every garment on every person; or some of them."""
    return [
        Case(f"{slug}--{p:02}", DEMO / f"people/person-{p:02}.jpg", DEMO / garment["picture"], garment["category"], slug)
        for slug, garment in catalogue().items()
        if slugs is None or slug in slugs
        for p in people
    ]


def codes(folder: Path, shares: tuple[float, ...] = (0.3, 0.2)) -> list[Case]:
    """A plain tee with a QR code on its chest, as wide as these shares of its picture, on every person of the demo."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for share in shares:
        tee = cv2.imread(str(DEMO / "garments" / f"{PLAIN}.jpg"))
        side = round(share * tee.shape[1])
        code = cv2.resize(printed_code(), (side, side), interpolation=cv2.INTER_NEAREST)
        top, left = round(0.36 * tee.shape[0]), (tee.shape[1] - side) // 2
        tee[top : top + side, left : left + side] = code[..., None]
        name = f"code{round(100 * share)}"
        path = folder / f"{name}-tee.png"
        cv2.imwrite(str(path), tee)
        cases += [Case(f"{name}--{p:02}", DEMO / f"people/person-{p:02}.jpg", path, "tops", "code") for p in range(1, 9)]
    return cases


def printed_code() -> np.ndarray:
    """The code, one pixel to a module, with its quiet zone of `QUIET` modules."""
    code = cv2.QRCodeEncoder.create().encode(CODE)
    return code if code.ndim == 2 else code[..., 0]


def hands(labels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """True hands of a rendered person, left and right: arms beyond the wrist."""
    from renderer.labels import KEYPOINTS, PARTS

    rows, columns = np.mgrid[: labels.shape[0], : labels.shape[1]]
    out = []
    for side in ("left", "right"):
        elbow, wrist = (points[KEYPOINTS.index(f"{side}_{joint}")][:2] for joint in ("elbow", "wrist"))
        along = wrist - elbow
        past = (columns - wrist[0]) * along[0] + (rows - wrist[1]) * along[1]
        out.append((labels == PARTS.index(f"{side}_arm")) & (past > 0.08 * (along @ along)))
    return np.array(out)


def rendered(assets: Path, folder: Path, count: int, slugs: list[str], size: tuple[int, int] = (768, 576)) -> list[Case]:
    """New people of the training's renderer, from the front, with true labels: `count` of them, the garments in turn."""
    from renderer.labels import KEYPOINTS, TONES
    from renderer.render import render
    from renderer.sampler import Gen

    folder.mkdir(parents=True, exist_ok=True)
    generator, garments, cases, seed = Gen(max(12, count), 970, assets), catalogue(), [], 0
    while len(cases) < count:
        rng = np.random.default_rng([970, seed])
        seed += 1
        scene = generator.draw_scene(rng)
        scene.camera.yaw, scene.camera.roll, scene.camera.frame = rng.normal(0, 5), rng.normal(0, 1), "knee"
        scene.camera.fill, scene.camera.margin, scene.props = 0.9, 0.06, []
        picture = render(generator.model, scene, *size)
        wrists = picture.keypoints[[KEYPOINTS.index("left_wrist"), KEYPOINTS.index("right_wrist")]]
        hips = picture.keypoints[[KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")]]
        if (wrists[:, 1] < hips[:, 1] - 0.04 * size[0]).any() or scene.pockets:
            continue  # only those who stand as asked: arms down
        if hands(picture.labels, picture.keypoints).sum((1, 2)).min() < 3e-4 * size[0] * size[1]:
            continue  # and both hands in sight
        slug = slugs[len(cases) % len(slugs)]
        path = folder / f"rendered-{len(cases):03}.png"
        cv2.imwrite(str(path), picture.image[:, :, ::-1])
        truth = {"labels": picture.labels, "keypoints": picture.keypoints}
        garment = garments[slug]
        name = f"{slug}--r{len(cases):03}"
        cases.append(Case(name, path, DEMO / garment["picture"], garment["category"], slug, TONES[picture.tone], truth))
    return cases
