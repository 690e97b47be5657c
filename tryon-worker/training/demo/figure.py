"""A dressed figure as triangle meshes: an explicit body, a relaxed pose, fitted base clothes, hair and shoes.

A training sample may look like anything; a demo photo has to be chosen, so every decision here comes from a `Person`.
Units are those of the base mesh: decimetres, y up, the figure looks along +z.
"""

from dataclasses import dataclass, field

import numpy as np

from raster import vertex_normals
from wardrobe import BODY, rotation as rot

X, Y, Z = [1, 0, 0], [0, 1, 0], [0, 0, 1]


@dataclass
class Mesh:
    """One drawable part; `material` is a key that the shader looks up, `cut` hides what is negative."""

    pos: np.ndarray
    can: np.ndarray
    uv: np.ndarray
    faces: np.ndarray
    normal: np.ndarray
    material: np.ndarray  # per face, index into Figure.materials
    ext: np.ndarray = None
    cut: np.ndarray = None


@dataclass
class Person:
    """Everything that makes one demo photo. See people.py for the table."""

    name: str
    about: str
    male: float
    age: float = 0.1
    race: tuple = (0, 0, 1)  # african, asian, caucasian
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.6
    cup: float = 0.45
    detail: dict = field(default_factory=dict)  # extra morph targets, both sides
    skin: str = "young_lightskinned_male_diffuse"
    tone: tuple = (1.0, 1.0, 1.0)  # multiplies the skin texture, linear
    contrast: float = 1.0  # exponent on the skin texture
    iris: tuple = (84, 56, 36)
    hair: str = None
    hair_colour: tuple = (40, 28, 20)
    hair_scale: float = 1.0
    brow: int = 1
    smile: float = 1.0
    arms: tuple = (25, 26)
    elbows: tuple = (-18, -18)
    turn: float = 0.0
    lean: float = 0.0
    legs: tuple = (3, 3)
    top: dict = field(default_factory=dict)
    bottom: dict = field(default_factory=dict)
    shoes: str = "shoes01"
    shoe_colour: tuple = (225, 225, 222)
    frame: str = "full"
    fill: float = 0.92
    shift: float = 0.0
    backdrop: dict = field(default_factory=dict)
    light: dict = field(default_factory=dict)
    seed: int = 1


def morph(wardrobe, person):
    """Vertices of the body in rest pose."""
    targets = wardrobe.data["T"]
    vertices = wardrobe.rest.copy()

    def add(name, weight):
        if abs(weight) > 1e-3 and name in targets and len(targets[name][0]):
            vertices[targets[name][0]] += weight * targets[name][1]

    def three(value, names):
        return dict(zip(names, (max(0, 1 - 2 * value), 1 - abs(2 * value - 1), max(0, 2 * value - 1))))

    genders = {"female": 1 - person.male, "male": person.male}
    ages = {"young": 1 - person.age, "old": person.age}
    muscles = three(person.muscle, ("minmuscle", "averagemuscle", "maxmuscle"))
    weights = three(person.weight, ("minweight", "averageweight", "maxweight"))
    cups = three(person.cup, ("mincup", "averagecup", "maxcup"))
    for gender, wg in genders.items():
        for age, wa in ages.items():
            for race, wr in zip(("african", "asian", "caucasian"), person.race):
                add(f"{race}-{gender}-{age}", wg * wa * wr)
            for muscle, wm in muscles.items():
                for weight, ww in weights.items():
                    w = wg * wa * wm * ww
                    stem = f"{gender}-{age}-{muscle}-{weight}"
                    add(f"universal-{stem}", w)
                    add(f"{stem}-{'max' if person.height > 0.5 else 'min'}height", w * abs(2 * person.height - 1))
                    ideal = "ideal" if person.proportions > 0.5 else "uncommon"
                    add(f"{stem}-{ideal}proportions", w * abs(2 * person.proportions - 1))
                    if gender == "female" and age == "young":
                        for cup, wc in cups.items():
                            add(f"female-young-{muscle}-{weight}-{cup}-averagefirmness", w * wc)
    for name, weight in person.detail.items():
        add(name, weight)
        if "/l-" in name:
            add(name.replace("/l-", "/r-"), weight)
    soften_face(wardrobe, vertices, person.smile)
    return vertices


def soften_face(wardrobe, vertices, smile):
    """A light smile, open brows: the neutral face of the base mesh looks stern."""
    head = wardrobe.joint(vertices, "head")
    mouth = wardrobe.joint(vertices, "mouth")
    eye = wardrobe.joint(vertices, "l-eye")
    scale = (eye[1] - mouth[1]) / 0.40
    bones = wardrobe.data["bones"]
    lips = [vertices[wardrobe.data[end][bones.index(b)]].mean(0) for b in bones if b.startswith("oris") and b.endswith(".L") for end in ("head", "tail")]
    corner_left = max(lips, key=lambda p: p[0])
    body = vertices[:BODY]
    front = body[:, 2] > head[2] + 0.5
    for side in (1, -1):
        def pull(centre, radius, offset):
            d2 = ((body[:, :2] - centre[:2]) ** 2).sum(1) / (radius * scale) ** 2
            w = np.exp(-d2) * front * smile * scale
            body[:] += w[:, None] * np.array(offset)

        corner = corner_left * [side, 1, 1]
        pull(corner, 0.10, [side * 0.030, 0.062, -0.026])
        pull(corner + np.array([side * 0.10 * scale, 0.24 * scale, 0]), 0.17, [side * 0.012, 0.022, 0.022])
        pull(np.array([side * eye[0], eye[1] - 0.09 * scale, 0]), 0.09, [0, 0.012, 0.008])
        pull(np.array([side * 0.12 * scale, eye[1] + 0.17 * scale, 0]), 0.15, [side * 0.004, 0.050, 0.01])
        pull(np.array([side * eye[0], eye[1] + 0.20 * scale, 0]), 0.16, [0, 0.030, 0])
    vertices[:BODY] = body


def pose(wardrobe, person):
    """Rotations per bone: weight on both feet, arms hanging beside the body, fingers slightly curled."""
    rig, rest = {}, wardrobe.rest
    noise = np.random.default_rng(person.seed)
    for index, (side, sign) in enumerate((("L", 1), ("R", -1))):
        q = side.lower()
        shoulder, elbow, hand = [wardrobe.joint(rest, f"{q}-{x}") for x in ("shoulder", "elbow", "hand")]
        hinge = np.cross(elbow - shoulder, hand - elbow)
        along = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
        down = person.arms[index]
        rig[f"clavicle.{side}"] = rot(Z, -sign * 5)
        rig[f"upperarm01.{side}"] = rot(X, noise.normal(4, 1.5)) @ rot(Z, -sign * down) @ rot(along, sign * 6)
        rig[f"lowerarm01.{side}"] = rot(hinge, person.elbows[index])
        rig[f"lowerarm02.{side}"] = rot(hand - elbow, sign * -14)
        rig[f"wrist.{side}"] = rot(Z, -sign * 4)
        for finger in range(2, 6):
            curl = 11 + 3 * finger + noise.normal(0, 2)
            for joint in (1, 2, 3):
                rig[f"finger{finger}-{joint}.{side}"] = rot(Z, -sign * curl * (1.15 if joint == 2 else 0.8))
        rig[f"upperleg01.{side}"] = rot(Z, -sign * person.legs[index]) @ rot(Y, sign * 5)
    rig["spine03"] = rot(Y, person.turn * 0.3) @ rot(Z, person.lean)
    rig["spine01"] = rot(Z, -person.lean * 0.6)
    rig["neck01"] = rot(Y, -person.turn * 0.4)
    rig["head"] = rot(Z, person.lean * 0.8) @ rot(Y, -person.turn * 0.4) @ rot(X, -2)
    return rig


def iris_colour(texture, colour):
    """The eye texture with its iris dyed and the white a little dimmed."""
    t = texture.astype(np.float32)
    vivid = np.clip((t.max(2) - t.min(2)) / (t.max(2) + 1) * 3.2 - 0.55, 0, 1)[:, :, None]
    grey = t.mean(2, keepdims=True)
    dyed = grey / 95 * np.array(colour, np.float32)
    white = grey * np.array([0.86, 0.84, 0.82], np.float32)
    return np.clip(white * (1 - vivid) + dyed * vivid, 0, 255).astype(np.uint8)


def shirt_cut(wardrobe, rest, shape, g):
    """Signed distances (dm, positive inside) to hem, sleeve end and neckline of a shirt whose surface is `shape`."""
    arm = wardrobe.tights["arm"]
    base, own = wardrobe.joint(wardrobe.rest, "neck"), wardrobe.joint(rest, "neck")
    waist, own_waist = wardrobe.joint(wardrobe.rest, "pelvis"), wardrobe.joint(rest, "pelvis")
    x, y, z = (shape - own + base).T
    hem = (shape[:, 1] - own_waist[1] + waist[1]) - g.get("hem", -0.2)
    sleeve = np.where(arm < -0.02, 9.0, (g.get("sleeve", 0.5) - arm) * 2.2)
    rise = np.clip(0.30 - z, 0, 0.75) * 0.9  # the neckline climbs towards the back
    radius = 0.80 + g.get("round", 0.1) * 0.6
    neck = np.where(y > 5.76 + rise, np.abs(x), np.hypot(x, y - 5.76 - rise)) - radius
    neck = np.minimum(neck, 5.95 - y)
    if g.get("neck") == "v":
        v = np.abs(x) * 0.80 - (y - (4.90 - g.get("v", 0.35))) * 0.52
        neck = np.minimum(neck, np.where(z > 0.2, v, 9.0))
    return np.stack([hem, sleeve, neck], 1).astype(np.float32)


class Figure:
    """Meshes of one person, in the posed frame; `body` are the posed base-mesh vertices for joints."""

    def __init__(self, wardrobe, person):
        self.wardrobe, self.person = wardrobe, person
        self.materials, self.meshes = [], []
        self.rest = morph(wardrobe, person)
        self.transform = wardrobe.bones(self.rest, pose(wardrobe, person))
        self.body = wardrobe.skin(wardrobe.weights, self.rest, self.transform)
        self.hidden = np.zeros(len(wardrobe.rest), bool)
        if person.bottom:
            self.trousers(person.bottom)
        if person.top:
            self.shirt(person.top)
        if person.shoes:
            self.footwear()
        self.skin()
        self.face_parts()
        if person.hair:
            self.hairdo()

    def material(self, name, **values):
        self.materials.append(dict(name=name, **values))
        return len(self.materials) - 1

    def joint(self, name):
        return self.body[self.wardrobe.data["J"][name]].mean(0)

    def _tights(self, shape, fields, material, name):
        helper = self.wardrobe.tights
        posed = self.wardrobe.skin(helper["W"], shape, self.transform)
        inside = fields.min(1)
        keep = inside[helper["F"]].max(1) > 0
        faces = helper["F"][keep]
        count = len(shape)
        normal = vertex_normals(posed, helper["F"])
        cut = np.full((count, 4), 9, np.float32)
        cut[:, : fields.shape[1]] = fields
        self.meshes.append(
            Mesh(pos=posed, can=helper["P"], uv=helper["uv"], faces=faces.astype(np.int32), normal=normal,
                 material=np.full(len(faces), material, np.int32), ext=np.minimum(inside, 8).astype(np.float32), cut=cut)
        )
        margin = 0.35
        self.hidden[:BODY] |= inside[self.wardrobe.nearest_tights] > margin

    def _shell(self, loose, smooth, flare=0.0, keep_shoulders=True):
        """The tights surface, smoothed (cloth spans hollows) and pushed out along its normal."""
        helper = self.wardrobe.tights
        shape = helper["M"] @ self.rest
        source = shape
        for _ in range(smooth):
            shape = 0.5 * shape + 0.5 * (helper["L"] @ shape)
        # cloth spans hollows but never cuts into the body
        normal = vertex_normals(source, helper["F"])
        sunk = np.clip(((source - shape) * normal).sum(1), 0, None)
        shape = shape + normal * sunk[:, None]
        for _ in range(2):
            shape = 0.5 * shape + 0.5 * (helper["L"] @ shape)
        normal = vertex_normals(shape, helper["F"])
        return helper, shape, normal

    def shirt(self, g):
        helper, shape, normal = self._shell(g.get("loose", 0.06), g.get("smooth", 8))
        y, arm = helper["P"][:, 1], helper["arm"]
        off = g.get("loose", 0.06) + np.clip((4.2 - y) / 4, 0, 1) * g.get("flare", 0.05) * (arm < 0.05)
        off = off + np.clip(arm - 0.15, 0, 2) * g.get("sleeve_flare", 0.14)
        deltoid = np.clip((np.abs(helper["P"][:, 0]) - 1.0) / 0.6, 0, 1) * np.clip((y - 4.2) / 0.6, 0, 1)
        off = off - deltoid * (g.get("loose", 0.06) * 0.7 + 0.05)
        off = np.where(y > 5.0, np.minimum(off, 0.05), off)
        shape = (shape + normal * off[:, None]).astype(np.float32)
        fields = shirt_cut(self.wardrobe, self.rest, shape, g)
        m = self.material("top", label=4, bias=0.16, colour=g["colour"], kind=g.get("kind", "jersey"),
                          fold=g.get("fold", 0.35), rib=g.get("rib", 0.10), heather=g.get("heather", 0.0),
                          sleeveless=False)
        self._tights(shape, fields, m, "top")

    def trousers(self, g):
        helper, shape, normal = self._shell(g.get("loose", 0.08), g.get("smooth", 6))
        y = helper["P"][:, 1]
        off = g.get("loose", 0.08) + np.clip((0.3 - y) / 8, 0, 1) * g.get("flare", 0.22)
        shape = (shape + normal * off[:, None]).astype(np.float32)
        end = g.get("end", -7.3)
        foot = np.where(helper["foot"] > 0.5, (y + 7.9) * 3, 9.0) if end < -7 else np.full(len(y), 9.0)
        fields = np.stack([g.get("waist", 1.0) - y, y - end, np.where(helper["arm"] > -0.02, -1, 9.0), foot], 1).astype(np.float32)
        m = self.material("bottom", label=5, bias=0.06, colour=g["colour"], kind=g.get("kind", "denim"), fold=g.get("fold", 0.3),
                          rib=0.0, heather=0.0, end=end, waist=g.get("waist", 1.0), sleeveless=False)
        self._tights(shape, fields, m, "bottom")

    def footwear(self):
        cloth = self.wardrobe.data["CL"][self.person.shoes]
        texture = cloth["diffuse"][:, :, :3].astype(np.float32)
        if self.person.shoe_colour is not None:
            grey = texture.mean(2, keepdims=True)
            texture = np.clip((grey / max(25, np.median(grey))) ** 0.8 * np.array(self.person.shoe_colour), 0, 255)
        m = self.material("shoes", label=9, bias=0.05, texture=texture.astype(np.uint8))
        self._cloth(cloth, m)
        self.hidden[cloth["dele"]] = True

    def _cloth(self, cloth, material, shape=None):
        shape = self.wardrobe.fit(cloth, self.rest) if shape is None else shape
        layout = cloth["R"]
        posed = self.wardrobe.skin(cloth["Ws"], shape, self.transform)
        normal = vertex_normals(posed, cloth["F"])[layout["vi"]]
        self.meshes.append(
            Mesh(pos=posed[layout["vi"]], can=cloth["can"][layout["vi"]], uv=layout["uv"], faces=layout["F"], normal=normal,
                 material=np.full(len(layout["F"]), material, np.int32))
        )

    def skin(self):
        w, layout = self.wardrobe, self.wardrobe.body
        indices = np.zeros(10, np.int32)
        for label in (2, 3, 6, 7, 8):
            indices[label] = self.material("skin", label=label, bias=0.0, cull=1)
        faces = layout["F"]
        keep = ~self.hidden[layout["vi"][faces]].all(1)
        normal = vertex_normals(self.body, w.faces)[layout["vi"]]
        self.meshes.append(
            Mesh(pos=self.body[layout["vi"]], can=w.rest[layout["vi"]], uv=layout["uv"], faces=faces[keep], normal=normal,
                 material=indices[w.face_label[keep]], ext=w.scalp)
        )

    def face_parts(self):
        w, p = self.wardrobe, self.person
        eye = iris_colour(w.data["eyetex"][0][:, :, :3], p.iris)
        self._cloth(w.data["CL"]["eyes"], self.material("eyes", label=2, bias=0.0, texture=eye))
        brow = w.data["CL"][f"eyebrow{p.brow:03d}"]
        self._cloth(brow, self.material("brow", label=2, bias=0.03, alpha=brow["diffuse"][:, :, 3]))

    def hairdo(self):
        w, p = self.wardrobe, self.person
        cloth = w.data["CL"][p.hair]
        shape = w.fit(cloth, self.rest)
        centre = w.joint(self.rest, "head-2") * 0.5 + w.joint(self.rest, "head") * 0.5
        shape = (shape - centre) * p.hair_scale + centre
        if cloth["diffuse"] is None:
            m = self.material("hair", label=1, bias=0.02, texture=None)
        else:
            m = self.material("hair", label=1, bias=0.02, texture=cloth["gray"], alpha=cloth["diffuse"][:, :, 3])
        self._cloth(cloth, m, shape)
