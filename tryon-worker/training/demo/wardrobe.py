"""Mesh data of the figures: the base body, its rig, the close-fitting surface that garments are cut from, clothes and hair.

assets.py lists what the archive holds. Decimetres, y up, rest pose with the arms spread.
"""

import cv2
import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from assets import load_assets
from raster import vertex_normals

BODY = 13380  # the first vertices of the base mesh are skin, the rest are helpers
LABELS = ("background", "hair", "face", "torso_skin", "upper", "lower", "left_arm", "right_arm", "legs", "shoes")
LABEL_OF_CLASS = dict(head=2, neck=3, torso=3, armL=6, armR=7, legL=8, legR=8, footL=8, footR=8)


def rotation(axis, degrees):
    """3x3 rotation about `axis`."""
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    a = np.deg2rad(degrees)
    return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k


def _four_strongest(weights):
    """Skinning weights with at most four bones per vertex, sparse."""
    kept = np.zeros_like(weights)
    top = np.argsort(-weights, 1)[:, :4]
    np.put_along_axis(kept, top, np.take_along_axis(weights, top, 1), 1)
    return sparse.csr_matrix(kept / kept.sum(1, keepdims=True))


def _layout(faces, texture_faces, texture_points):
    """One vertex per (position, texture) pair: indices, uv and new faces."""
    key = faces.reshape(-1).astype(np.int64) * 200000 + texture_faces.reshape(-1)
    unique, inverse = np.unique(key, return_inverse=True)
    return dict(vi=(unique // 200000).astype(np.int32), uv=texture_points[unique % 200000].astype(np.float32),
                F=inverse.reshape(-1, 3).astype(np.int32))


class Wardrobe:
    """Everything loaded from the archive at `path`, prepared for `Figure`."""

    def __init__(self, path):
        data = self.data = load_assets(path)
        self.rest = data["V"]
        self.skins = data["SK"]
        self.weights = _four_strongest(data["W"])
        skin = data["G"] == "body"
        self.faces = data["F"][skin].astype(np.int32)
        self.body = _layout(data["F"][skin], data["FT"][skin], data["VT"])
        self._label_faces()
        self._find_scalp()
        self._close_fitting()
        for cloth in data["CL"].values():
            self._prepare(cloth)
        front = self.rest[:BODY]
        ridge = np.nonzero((front[:, 1] > 6.9) & (front[:, 1] < 7.4) & (np.abs(front[:, 0]) < 0.05))[0]
        self.nose = ridge[front[ridge, 2].argmax()]

    def joint(self, vertices, name):
        return vertices[self.data["J"][name]].mean(0)

    def _label_faces(self):
        names = self.data["classes"]
        label = np.array([LABEL_OF_CLASS[names[c]] for c in self.data["VC"].argmax(1)])
        corner = label[self.body["vi"][self.body["F"]]]
        self.face_label = np.where(corner[:, 0] == corner[:, 1], corner[:, 0], np.where(corner[:, 1] == corner[:, 2], corner[:, 1], corner[:, 0]))

    def _find_scalp(self):
        """Where hair grows: read from the painted hair of one skin texture."""
        tone = cv2.resize(self.skins["young_darkskinned_male_diffuse"], (1024, 1024)).astype(np.float32).mean(2)
        tone = cv2.GaussianBlur(tone, (0, 0), 4)
        uv, p = self.body["uv"], self.rest[self.body["vi"]]
        at = lambda v: np.clip((v * 1024).astype(int), 0, 1023)
        dark = tone[at(1 - uv[:, 1]), at(uv[:, 0])] < 52
        head = self.data["VC"].argmax(1)[self.body["vi"]] == self.data["classes"].index("head")
        brow = (p[:, 2] > 1.0) & (p[:, 1] < 7.75)
        self.scalp = (dark & head & (p[:, 1] > 7.0) & ~brow).astype(np.float32)

    def _close_fitting(self):
        """The "tights" helper of the base mesh, subdivided twice and smoothed: garments are cut from it."""
        used, faces = np.unique(self.data["F"][self.data["G"] == "helper-tights"], return_inverse=True)
        faces = faces.reshape(-1, 3)
        matrix = sparse.csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), shape=(len(used), len(self.rest)))
        for _ in range(2):
            matrix, faces = _subdivide(matrix, faces)
        laplace = _neighbours(faces, matrix.shape[0])
        smooth = 0.5 * sparse.eye(matrix.shape[0]) + 0.5 * laplace
        matrix = (smooth @ smooth @ matrix).tocsr()
        p = matrix @ self.rest
        classes = matrix @ self.data["VC"]
        arm_class = classes[:, 3] + classes[:, 4]
        shoulder, elbow, hand = (self.joint(self.rest, f"l-{n}") for n in ("shoulder", "elbow", "hand"))
        q = p * [1, 1, 1]
        q[:, 0] = np.abs(q[:, 0])
        upper = (q - shoulder) @ (elbow - shoulder) / np.dot(elbow - shoulder, elbow - shoulder)
        fore = (q - elbow) @ (hand - elbow) / np.dot(hand - elbow, hand - elbow)
        arm = np.where(fore > 0, 1 + fore, np.minimum(upper, 1))  # 0 shoulder, 1 elbow, 2 wrist; negative on the trunk
        arm = np.where(q[:, 0] < 1.55, -0.3, arm)
        arm = np.where((q[:, 1] < 2.2) & (q[:, 0] < 2.8) & (arm_class < 0.5), -0.5, arm)
        arm = np.where((arm_class < 0.25) & (q[:, 1] < 4.6), np.minimum(arm, -0.05), arm)
        self.tights = dict(F=faces.astype(np.int32), M=matrix, L=laplace, P=p.astype(np.float32), arm=arm.astype(np.float32),
                           foot=classes[:, 7] + classes[:, 8], W=(matrix @ self.weights).tocsr(), uv=(p[:, :2] / 7).astype(np.float32))
        self.nearest_tights = cKDTree(p).query(self.rest[:BODY])[1]

    def _prepare(self, cloth):
        cloth["Ws"] = _four_strongest(cloth["W"])
        cloth["R"] = _layout(cloth["F"], cloth["FT"], cloth["VT"])
        cloth["can"] = (cloth["wt"][:, :, None] * self.rest[cloth["tri"]]).sum(1)
        if cloth["kind"] == "hair" and cloth["diffuse"] is not None:
            grey = cloth["diffuse"][:, :, :3].astype(np.float32).mean(2)
            cloth["gray"] = grey / max(10, np.median(grey[cloth["diffuse"][:, :, 3] > 128]))

    def fit(self, cloth, vertices):
        """Vertices of a garment mesh on the body `vertices`."""
        scale = np.ones(3)
        for axis, name in enumerate("xyz"):
            if name in cloth["sc"]:
                a, b, size = cloth["sc"][name]
                scale[axis] = abs(vertices[int(a)] - vertices[int(b)])[axis] / size
        return (cloth["wt"][:, :, None] * vertices[cloth["tri"]]).sum(1) + cloth["off"] * scale

    def bones(self, vertices, rotations):
        """World transform (3x4, flattened) of every bone for rotations about the bones' heads."""
        data = self.data
        out = np.zeros((len(data["bones"]), 3, 4))
        for b, name in enumerate(data["bones"]):
            parent = out[data["parent"][b]] if data["parent"][b] >= 0 else np.eye(4)[:3]
            turn = rotations.get(name)
            if turn is None:
                out[b] = parent
                continue
            head = vertices[data["head"][b]].mean(0)
            out[b, :, :3] = parent[:, :3] @ turn
            out[b, :, 3] = parent[:, :3] @ (head - turn @ head) + parent[:, 3]
        return out.reshape(-1, 12)

    @staticmethod
    def skin(weights, points, bones):
        """Linear blend skinning."""
        m = (weights @ bones).reshape(-1, 3, 4)
        return (np.einsum("nij,nj->ni", m[:, :, :3], points) + m[:, :, 3]).astype(np.float32)


def _subdivide(matrix, faces):
    count = matrix.shape[0]
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    mid = inverse.reshape(3, -1).T + count
    halves = sparse.csr_matrix((np.full(len(unique) * 2, 0.5), (np.repeat(np.arange(len(unique)), 2), unique.reshape(-1))), shape=(len(unique), count))
    faces = np.concatenate([np.stack([faces[:, 0], mid[:, 0], mid[:, 2]], 1), np.stack([mid[:, 0], faces[:, 1], mid[:, 1]], 1),
                            np.stack([mid[:, 2], mid[:, 1], faces[:, 2]], 1), mid])
    return (sparse.vstack([sparse.eye(count), halves]) @ matrix).tocsr(), faces


def _neighbours(faces, count):
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    matrix = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    matrix.data[:] = 1
    return (sparse.diags(1 / np.maximum(1, np.asarray(matrix.sum(1)).ravel())) @ matrix).tocsr()


__all__ = ["Wardrobe", "rotation", "vertex_normals", "BODY", "LABELS"]
