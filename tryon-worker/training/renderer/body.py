"""The parametric body: rest shapes, rig, skinning, and the surfaces that garments are cut from."""

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from .assets import load_assets
from .raster import vertex_normals

#: The base mesh's first vertices are the visible body; helpers and joint cubes follow.
BODY_VERTICES = 13380
SKIN_TEXTURE_SIZE = 512
RIGHT, UP, FORWARD = (1, 0, 0), (0, 1, 0), (0, 0, 1)

_PART_OF_CLASS = {
    "head": 2, "neck": 3, "torso": 3, "armL": 6, "armR": 7, "legL": 8, "legR": 8, "footL": 8, "footR": 8,
}  # fmt: skip


def rotation(axis, degrees: float) -> np.ndarray:
    """3x3 matrix that turns about `axis` (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


@dataclass
class Body:
    """A person's rest shape."""

    vertices: np.ndarray
    male: float
    age: float
    race: np.ndarray  # african, asian, caucasian; sums to 1


@dataclass
class Layout:
    """Triangles over vertices split by texture coordinate: `source` is the mesh vertex of each split vertex."""

    source: np.ndarray
    uv: np.ndarray
    faces: np.ndarray


@dataclass
class Surface:
    """A helper surface around the body. `matrix` gives its vertices from the base mesh's."""

    faces: np.ndarray
    matrix: sparse.csr_matrix
    neighbours: sparse.csr_matrix  # mean of the neighbours of each vertex
    rest: np.ndarray = None
    normals: np.ndarray = None
    weights: sparse.csr_matrix = None
    along_arm: np.ndarray = None  # < 0 torso, 0 shoulder, 1 elbow, 2 wrist
    foot: np.ndarray = None
    uv: np.ndarray = None  # planar, 7 dm a tile, for torso and legs
    arm_uv: np.ndarray = None
    arm_faces: np.ndarray = None
    back_faces: np.ndarray = None


@dataclass
class Cloth:
    """A modelled piece (suit, hair, shoes, eyes) whose vertices follow base-mesh triangles."""

    name: str
    kind: str
    triangle: np.ndarray
    weight: np.ndarray
    offset: np.ndarray
    scale: dict
    faces: np.ndarray
    layout: Layout
    skinning: sparse.csr_matrix
    canonical: np.ndarray
    component: np.ndarray
    components: int
    hides: np.ndarray  # base-mesh vertices under it
    hides_nearest: np.ndarray | None  # its own vertex nearest to each of those
    texture: np.ndarray | None
    occlusion: np.ndarray | None
    grey: np.ndarray | None = None  # texture luminance over its median, for recolouring


class BodyModel:
    """Everything about bodies that does not depend on the person."""

    def __init__(self, assets_path):
        self.assets = self._load(assets_path)
        assets = self.assets
        self.base = assets["V"]
        self.weights = _strongest_four(assets["W"])
        self.joints = assets["J"]
        self.classes = list(assets["classes"])
        self._body_layout()
        self.scalp = self._scalp()
        groups = assets["G"]
        self.tights = self._surface(assets["F"][groups == "helper-tights"], 1)
        self.skirt = self._surface(assets["F"][groups == "helper-skirt"], 1)
        for surface in (self.tights, self.skirt):
            self._describe(surface)
        self.nearest_on_tights = cKDTree(self.tights.rest).query(self.base[:BODY_VERTICES])[1]
        size = (SKIN_TEXTURE_SIZE, SKIN_TEXTURE_SIZE)
        self.skins = {name: cv2.resize(t, size, interpolation=cv2.INTER_AREA) for name, t in assets["SK"].items()}
        self.clothes = {name: self._cloth(name, raw) for name, raw in assets["CL"].items()}
        self.hands = {side: self._hand(side) for side in ("L", "R")}
        nose = (np.abs(self.base[:, 0]) < 0.05) & (self.base[:, 1] > 6.9) & (self.base[:, 1] < 7.4)
        nose[BODY_VERTICES:] = False
        candidates = np.flatnonzero(nose)
        self.nose_tip = candidates[self.base[candidates, 2].argmax()]

    def joint(self, vertices: np.ndarray, name: str) -> np.ndarray:
        """Position of a joint of the given base-mesh vertices."""
        return vertices[self.joints[name]].mean(0)

    def pose_bones(self, vertices: np.ndarray, pose: dict[str, np.ndarray]) -> np.ndarray:
        """Bones x 12: each bone's 3x4 transform, from rotations about the bones' heads."""
        bones, parents, heads = self.assets["bones"], self.assets["parent"], self.assets["head"]
        transforms = np.zeros((len(bones), 3, 4))
        for number, name in enumerate(bones):
            parent = transforms[parents[number]] if parents[number] >= 0 else np.eye(4)[:3]
            if name not in pose:
                transforms[number] = parent
                continue
            turn = pose[name]
            head = vertices[heads[number]].mean(0)
            transforms[number, :, :3] = parent[:, :3] @ turn
            transforms[number, :, 3] = parent[:, :3] @ (head - turn @ head) + parent[:, 3]
        return transforms.reshape(len(bones), 12)

    def skin(self, weights, positions: np.ndarray, transforms: np.ndarray) -> np.ndarray:
        """Linear blend skinning."""
        blended = (weights @ transforms).reshape(-1, 3, 4)
        return (np.einsum("nij,nj->ni", blended[:, :, :3], positions) + blended[:, :, 3]).astype(np.float32)

    def fit(self, cloth: Cloth, vertices: np.ndarray) -> np.ndarray:
        """A modelled piece on a body in rest pose."""
        scale = np.ones(3)
        for axis, name in enumerate("xyz"):
            if name in cloth.scale:
                one, other, reference = cloth.scale[name]
                scale[axis] = abs(vertices[one] - vertices[other])[axis] / reference
        return (cloth.weight[:, :, None] * vertices[cloth.triangle]).sum(1) + cloth.offset * scale

    def draw_body(self, rng) -> Body:
        """A random adult."""
        male = float(np.clip(rng.choice([0.03, 0.97]) + rng.normal(0, 0.06), 0, 1))
        age, race = min(1.0, rng.beta(1.2, 4)), rng.dirichlet([0.6, 0.6, 0.6])
        muscle, weight, height, proportions = (
            float(np.clip(rng.normal(mean, spread), 0, 1))
            for mean, spread in ((0.5, 0.2), (0.5, 0.22), (0.5, 0.22), (0.55, 0.2))
        )
        cup, firmness = rng.beta(2, 2.2), rng.uniform(0.3, 0.9)
        shape = self.morph(male, age, race, muscle, weight, height, proportions, cup, firmness)
        detail = [n for n in self.assets["T"] if "/" in n and not n.split("/")[1].startswith("r-")]
        for name in rng.choice(detail, size=10, replace=False):
            amount = rng.uniform(0, 0.6) * (0.5 if "pregnant" in name else 1)
            for side in {name, name.replace("/l-", "/r-")}:
                self._add_target(shape, side, amount)
        return Body(shape, male, age, race)

    def morph(self, male, age, race, muscle, weight, height, proportions, cup, firmness) -> np.ndarray:
        """Base-mesh vertices of a body; all arguments run from 0 to 1."""
        shape = self.base.copy()
        genders, ages = {"female": 1 - male, "male": male}, {"young": 1 - age, "old": age}
        muscles = _three(muscle, "minmuscle", "averagemuscle", "maxmuscle")
        weights = _three(weight, "minweight", "averageweight", "maxweight")
        cups = _three(cup, "mincup", "averagecup", "maxcup")
        firmnesses = _three(firmness, "minfirmness", "averagefirmness", "maxfirmness")
        tall = "maxheight" if height > 0.5 else "minheight"
        ideal = "idealproportions" if proportions > 0.5 else "uncommonproportions"
        for gender, wg in genders.items():
            for years, wa in ages.items():
                for name, wr in zip(("african", "asian", "caucasian"), race):
                    self._add_target(shape, f"{name}-{gender}-{years}", wg * wa * wr)
                for m, wm in muscles.items():
                    for w, ww in weights.items():
                        share, stem = wg * wa * wm * ww, f"{gender}-{years}-{m}-{w}"
                        self._add_target(shape, f"universal-{stem}", share)
                        self._add_target(shape, f"{stem}-{tall}", share * abs(2 * height - 1))
                        self._add_target(shape, f"{stem}-{ideal}", share * abs(2 * proportions - 1))
        for m, wm in muscles.items():
            for w, ww in weights.items():
                for c, wc in cups.items():
                    for f, wf in firmnesses.items():
                        self._add_target(shape, f"female-young-{m}-{w}-{c}-{f}", genders["female"] * wm * ww * wc * wf)
        return shape

    def _add_target(self, shape: np.ndarray, name: str, amount: float) -> None:
        if abs(amount) > 1e-3 and name in self.assets["T"] and len(self.assets["T"][name][0]):
            indices, offsets = self.assets["T"][name]
            shape[indices] += amount * offsets

    def _load(self, path) -> dict:
        return load_assets(path)

    def _body_layout(self) -> None:
        assets = self.assets
        chosen = assets["G"] == "body"
        self.body_faces = assets["F"][chosen].astype(np.int32)
        self.body_layout = _split(assets["F"][chosen], assets["FT"][chosen], assets["VT"])
        strongest = assets["VC"].argmax(1)
        self.vertex_part = np.array([_PART_OF_CLASS[self.classes[c]] for c in strongest])
        corners = self.vertex_part[self.body_layout.source[self.body_layout.faces]]
        self.face_part = np.where(corners[:, 1] == corners[:, 2], corners[:, 1], corners[:, 0])

    def _hand(self, side: str) -> np.ndarray:
        """Which base-mesh vertices follow the wrist and the fingers of a side."""
        words = ("wrist", "finger", "metacarpal")
        bones = [b.startswith(words) and b.endswith(f".{side}") for b in self.assets["bones"]]
        return np.asarray(self.weights[:, np.flatnonzero(bones)].sum(1)).ravel() > 0.5

    def _scalp(self) -> np.ndarray:
        """1 where hair grows, from the hair painted on the dark male skin."""
        painted = self.assets["SK"]["young_darkskinned_male_diffuse"].astype(float).mean(2)
        painted = cv2.GaussianBlur(painted, (0, 0), 4)
        size, uv, source = painted.shape[0], self.body_layout.uv, self.body_layout.source
        row = np.clip(((1 - uv[:, 1]) * size).astype(int), 0, size - 1)
        column = np.clip((uv[:, 0] * size).astype(int), 0, size - 1)
        place = self.base[source]
        head = self.assets["VC"].argmax(1)[source] == self.classes.index("head")
        face = (place[:, 2] > 1.0) & (place[:, 1] < 7.75)
        return ((painted[row, column] < 52) & head & (place[:, 1] > 7.0) & ~face).astype(np.float32)

    def _surface(self, faces: np.ndarray, levels: int) -> Surface:
        """A group of base-mesh faces, subdivided `levels` times and smoothed."""
        count = len(self.base)
        used, faces = np.unique(faces, return_inverse=True)
        faces = faces.reshape(-1, 3)
        matrix = sparse.csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), shape=(len(used), count))
        for _ in range(levels):
            faces, matrix = _subdivide(faces, matrix)
        total = matrix.shape[0]
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        edges = np.concatenate([edges, edges[:, ::-1]])
        adjacency = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(total, total))
        adjacency.data[:] = 1
        degree = np.maximum(1, np.asarray(adjacency.sum(1)).ravel())
        neighbours = sparse.diags(1 / degree) @ adjacency
        if levels:
            smooth = 0.5 * sparse.eye(total) + 0.5 * neighbours
            matrix = (smooth @ smooth) @ matrix
        return Surface(faces.astype(np.int32), matrix.tocsr(), neighbours.tocsr())

    def _describe(self, surface: Surface) -> None:
        """Fills in what garment cuts are expressed in: place along the arm, feet, texture coordinates."""
        base, parts = self.base, surface.matrix @ self.assets["VC"]
        shoulder, elbow, hand = (self.joint(base, f"l-{name}") for name in ("shoulder", "elbow", "hand"))
        rest = surface.matrix @ base
        folded = rest * np.array([1, 1, 1])
        folded[:, 0] = np.abs(folded[:, 0])
        arm = parts[:, 3] + parts[:, 4]
        upper = (folded - shoulder) @ (elbow - shoulder) / np.dot(elbow - shoulder, elbow - shoulder)
        lower = (folded - elbow) @ (hand - elbow) / np.dot(hand - elbow, hand - elbow)
        along = np.where(lower > 0, 1 + lower, np.minimum(upper, 1))
        along = np.where(folded[:, 0] < 1.55, -0.3, along)
        along = np.where((folded[:, 1] < 2.2) & (folded[:, 0] < 2.8) & (arm < 0.5), -0.5, along)
        along = np.where((arm < 0.25) & (folded[:, 1] < 4.6), np.minimum(along, -0.05), along)
        surface.rest, surface.along_arm = rest.astype(np.float32), along.astype(np.float32)
        surface.normals = vertex_normals(surface.rest, surface.faces, len(rest))
        surface.weights = (surface.matrix @ self.weights).tocsr()
        surface.foot = parts[:, 7] + parts[:, 8]
        surface.uv = np.stack([0.5 + rest[:, 0] / 7, 0.5 + (rest[:, 1] - 3.9) / 7], 1).astype(np.float32)
        axis = (hand - shoulder) / np.linalg.norm(hand - shoulder)
        side = np.sign(rest[:, :1])
        direction = np.concatenate([side * axis[0], np.repeat(axis[None, 1:], len(rest), 0)], 1)
        origin = np.concatenate([side * shoulder[0], np.repeat(shoulder[None, 1:], len(rest), 0)], 1)
        across = np.cross(direction, [0, 0, 1.0])
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        place = rest - origin
        arm_uv = [0.1 + (place * across).sum(1) / 7, 0.5 + (place * direction).sum(1) / 7]
        surface.arm_uv = np.stack(arm_uv, 1).astype(np.float32)
        surface.arm_faces = surface.along_arm[surface.faces].min(1) > 0.02
        surface.back_faces = surface.normals[surface.faces][:, :, 2].mean(1) < -0.1

    def _cloth(self, name: str, raw: dict) -> Cloth:
        canonical = (raw["wt"][:, :, None] * self.base[raw["tri"]]).sum(1)
        hides = np.asarray(raw["dele"], int)
        nearest = cKDTree(canonical).query(self.base[hides])[1] if len(hides) else None
        cloth = Cloth(
            name, raw["kind"], raw["tri"], raw["wt"], raw["off"], raw["sc"], raw["F"].astype(np.int32),
            _split(raw["F"], raw["FT"], raw["VT"]), _strongest_four(raw["W"]), canonical, raw["comp"],
            int(raw["ncomp"]), hides, nearest, raw.get("diffuse"), raw.get("ao"),
        )  # fmt: skip
        if cloth.texture is not None:
            luminance = cloth.texture[:, :, :3].astype(np.float32).mean(2)
            if cloth.kind == "hair":
                cloth.grey = luminance / max(10, np.median(luminance[cloth.texture[:, :, 3] > 128]))
            elif luminance.max() > 13:
                cloth.grey = luminance / max(20, np.median(luminance[luminance > 12]))
        return cloth


def _three(value: float, low: str, middle: str, high: str) -> dict[str, float]:
    return {low: max(0, 1 - 2 * value), middle: 1 - abs(2 * value - 1), high: max(0, 2 * value - 1)}


def _strongest_four(weights: np.ndarray) -> sparse.csr_matrix:
    """Keeps each vertex's four strongest bones."""
    top = np.argsort(-weights, 1)[:, :4]
    kept = np.zeros_like(weights)
    np.put_along_axis(kept, top, np.take_along_axis(weights, top, 1), 1)
    return sparse.csr_matrix(kept / kept.sum(1, keepdims=True))


def _split(faces: np.ndarray, texture_faces: np.ndarray, uv: np.ndarray) -> Layout:
    key = faces.reshape(-1).astype(np.int64) * 200000 + texture_faces.reshape(-1)
    unique, inverse = np.unique(key, return_inverse=True)
    source = (unique // 200000).astype(np.int32)
    return Layout(source, uv[unique % 200000].astype(np.float32), inverse.reshape(-1, 3).astype(np.int32))


def _subdivide(faces: np.ndarray, matrix) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Each triangle becomes four; new vertices are edge midpoints."""
    count = matrix.shape[0]
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = inverse.reshape(3, -1).T + count
    halves = np.full(len(unique) * 2, 0.5)
    midpoints = sparse.csr_matrix(
        (halves, (np.repeat(np.arange(len(unique)), 2), unique.reshape(-1))), shape=(len(unique), count)
    )
    faces = np.concatenate(
        [
            np.stack([faces[:, 0], middle[:, 0], middle[:, 2]], 1),
            np.stack([middle[:, 0], faces[:, 1], middle[:, 1]], 1),
            np.stack([middle[:, 2], middle[:, 1], faces[:, 2]], 1),
            middle,
        ]
    )
    return faces, sparse.vstack([sparse.eye(count), midpoints]).tocsr() @ matrix
