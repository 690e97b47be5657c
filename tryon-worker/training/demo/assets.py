"""Reads the renderer's asset archive: a zip of .npy arrays, .png pictures and .json values, one tree.

Keys: V, VT, F, FT, G base mesh with face groups; T morph targets {name: (index, offset)}; bones, parent, head, tail, W rig with
skinning weights; J joint vertex groups; classes, VC soft body-part classes per vertex; CL clothes, hair, shoes fitted to the base
mesh; eyetex, SK eye and skin textures; H light probes (linear RGB). All of it is CC0 (MakeHuman community, pmndrs/assets).
"""

import io
import json
import zipfile

import cv2
import numpy as np


def load_assets(path):
    """Returns nested dicts and lists; pictures are BGR(A) as stored, half floats become floats."""
    tree = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            raw, (stem, kind) = archive.read(name), name.rsplit(".", 1)
            if kind == "npy":
                value = np.load(io.BytesIO(raw), allow_pickle=False)
                value = value.astype(np.float32) if value.dtype == np.float16 else value
            elif kind == "png":
                value = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
            else:
                value = json.loads(raw)
            *parents, leaf = stem.split("/")
            node = tree
            for parent in parents:
                node = node.setdefault(parent, {})
            node[leaf] = value
    return _sequences(tree)


def _sequences(node):
    """Folders whose members are all numbered are lists; `~` in a name stands for a slash."""
    if not isinstance(node, dict):
        return node
    node = {key.replace("~", "/"): _sequences(value) for key, value in node.items()}
    if node and all(key.isdigit() and len(key) == 3 for key in node):
        return [node[key] for key in sorted(node)]
    return node
