"""Reads the archive of CC0 raw material that the renderer works on.

The archive is a zip of arrays (.npy; half-precision ones are widened), pictures (.png) and lists (.json); a path inside
it is a path in the returned tree, a folder whose members are named 000, 001, ... is a list, and `~` stands for `/` in a
name. The tree's keys:

- `V`, `VT`, `F`, `FT`, `G`: base mesh hm08 (19,158 vertices, decimetres, y up, facing +z), its texture coordinates,
  triangles of both, and the group name of each triangle;
- `T`: morph targets, name -> (vertex indices, offsets);
- `bones`, `parent`, `head`, `tail`, `W`: the rig; a joint is the mean of the listed vertices; weights per vertex;
- `J`: joint name -> vertices whose mean it is; `classes`, `VC`: coarse body parts and their weight per vertex;
- `CL`: clothes, hair, eyebrows, eyes; meshes that follow base-mesh triangles;
- `SK`, `eyetex`: skin and eye textures; `P`: recorded poses, bone -> rotation; `H`: light probes, linear RGB.
"""

import io
import json
import zipfile

import cv2
import numpy as np


def load_assets(path) -> dict:
    """The tree of everything in the archive at `path`."""
    tree: dict = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            stem, kind = name.rsplit(".", 1)
            *folders, leaf = stem.split("/")
            node = tree
            for folder in folders:
                node = node.setdefault(folder, {})
            node[leaf] = _decode(archive.read(name), kind)
    return _with_lists(tree)


def _decode(raw: bytes, kind: str):
    if kind == "json":
        return json.loads(raw)
    if kind == "png":
        return cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    value = np.load(io.BytesIO(raw), allow_pickle=False)
    return value.astype(np.float32) if value.dtype == np.float16 else value


def _with_lists(node):
    if not isinstance(node, dict):
        return node
    node = {key.replace("~", "/"): _with_lists(value) for key, value in node.items()}
    if node and all(key.isdigit() and len(key) == 3 for key in node):
        return [node[key] for key in sorted(node)]
    return node
