"""Turns a scene's person into triangles and materials."""

from dataclasses import dataclass

import cv2
import numpy as np

from . import cutting, props
from .body import BODY_VERTICES, BodyModel, Cloth
from .garments import SUIT_UPPER, Fabric, Garment, LowerCut, ShoeCut, SkirtCut, SuitCut, UpperCut
from .labels import KEYPOINTS
from .raster import vertex_normals
from .scene import Scene
from .textures import SIZE, to_linear

HAIR, FACE, TORSO_SKIN, LEGS = 1, 2, 3, 8
_JOINT_OF_KEYPOINT = {
    "neck": "neck", "shoulder": "shoulder", "elbow": "elbow", "wrist": "hand", "hip": "upper-leg", "knee": "knee",
    "ankle": "ankle", "eye": "eye",
}  # fmt: skip
#: Trim width that means: the border field says where hair is painted on the skin.
_PAINTED_SCALP = 20.0


@dataclass
class Material:
    """How a part looks; see shading.shade. `alpha` is a 512x512 cut-out texture."""

    label: int
    texture: np.ndarray | None = None
    scale: float = 1.0
    tint: tuple = (1.0, 1.0, 1.0)
    gloss: float = 0.02
    sharpness: float = 8.0
    folds: float = 0.0
    fold_scale: float = 0.6
    seed: int = 0
    trim: tuple = (0.0, 0.0, 0.0, 0.0)
    bias: float = 0.0
    one_sided: bool = False
    alpha: np.ndarray | None = None


@dataclass
class Mesh:
    """Posed triangles. `cut` (vertices x 4) hides what is negative, `border` is the distance to the cloth's edge."""

    positions: np.ndarray
    canonical: np.ndarray
    uv: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    material: np.ndarray
    cut: np.ndarray
    border: np.ndarray


class Figure:
    """The dressed, posed person of a scene."""

    def __init__(self, model: BodyModel, scene: Scene):
        self.model, self.scene = model, scene
        self.materials: list[Material] = []
        self.meshes: list[Mesh] = []
        #: Which of the scene's garments each material belongs to; -1: none.
        self.garment_of: list[int] = []
        self._worn = -1
        self._rng = np.random.default_rng(scene.seed)
        self._rest = scene.body.vertices
        self._transforms = model.pose_bones(self._rest, scene.pose)
        self._hidden = np.zeros(len(model.base), bool)
        self.posed = model.skin(model.weights, self._rest, self._transforms)
        for self._worn, garment in enumerate(scene.garments):
            self._wear(garment)
        self._worn = -1
        if scene.ghost:
            return
        if scene.paired:
            self._rng = np.random.default_rng([scene.seed, len("head")])
        for side in scene.pockets:
            self._hidden |= model.hands[side]
        self._add_skin()
        dressed = len(self.meshes)
        self._add_eyes_and_brows()
        if scene.head.hair:
            self._add_hair()
        if scene.paired:
            # Which strands of hair a pixel shows depends on the triangle's number.
            self.meshes = self.meshes[dressed:] + self.meshes[:dressed]
        for prop in scene.props:
            self._add_prop(prop)

    def keypoints(self) -> np.ndarray:
        """Posed positions in the order of labels.KEYPOINTS."""
        points = []
        for name in KEYPOINTS:
            side, _, part = name.rpartition("_")
            if name == "nose":
                points.append(self.posed[self.model.nose_tip])
            else:
                joint = (side[:1] + "-" if side else "") + _JOINT_OF_KEYPOINT[part]
                points.append(self.model.joint(self.posed, joint))
        return np.array(points)

    def _material(self, **values) -> int:
        self.materials.append(Material(**values, seed=int(self._rng.integers(1_000_000))))
        self.garment_of.append(self._worn)
        return len(self.materials) - 1

    def _cloth_material(self, garment: Garment, texture: np.ndarray | None, tint: tuple) -> int:
        fabric = garment.fabric
        return self._material(
            label=garment.label,
            texture=texture,
            scale=fabric.scale,
            tint=tint,
            gloss=fabric.gloss,
            folds=fabric.folds,
            fold_scale=fabric.fold_scale,
            trim=fabric.trim,
            bias=0.10 * garment.layer,
        )

    def _wear(self, garment: Garment) -> None:
        cut = garment.cut
        if isinstance(cut, UpperCut):
            self._add_surface(garment, cutting.upper_fields(self.model.tights, cut), margin=0.35)
        elif isinstance(cut, LowerCut):
            margin = -0.1 if cut.boot else 0.35
            self._add_surface(garment, cutting.lower_fields(self.model.tights, cut), margin)
        elif isinstance(cut, SkirtCut):
            self._add_skirt(garment)
        elif isinstance(cut, SuitCut):
            self._add_suit(garment)
        elif isinstance(cut, ShoeCut):
            cloth = self.model.clothes[cut.name]
            fabric = garment.fabric
            material = self._material(
                label=garment.label, texture=fabric.texture, gloss=fabric.gloss, sharpness=20.0, bias=0.05
            )
            self._add_cloth(cloth, self.model.fit(cloth, self._rest), material)
            self._hidden[cloth.hides] = True

    def _add_surface(self, garment: Garment, fields: np.ndarray, margin: float) -> None:
        """Part of the tights surface. Vertices are doubled: torso and arms have texture coordinates of their own."""
        surface, fabric = self.model.tights, garment.fabric
        rest = cutting.shape(self._rng, surface, self._rest, garment.cut)
        posed = self.model.skin(surface.weights, rest, self._transforms)
        inside = fields.min(1)
        chosen = inside[surface.faces].max(1) > 0
        faces, arm, back = surface.faces[chosen], surface.arm_faces[chosen], surface.back_faces[chosen]
        material = self._cloth_material(garment, fabric.texture, fabric.tint)
        materials = np.full(len(faces), material, np.int32)
        if fabric.centred:
            materials[arm | back] = self._cloth_material(garment, None, tuple(to_linear(fabric.texture[5, 5])))
        count = len(rest)
        normals = vertex_normals(posed, surface.faces, count)
        self.meshes.append(
            Mesh(
                positions=_twice(posed),
                canonical=_twice(surface.rest),
                uv=np.concatenate([surface.uv, surface.arm_uv]),
                faces=np.where(arm[:, None], faces + count, faces).astype(np.int32),
                normals=_twice(normals),
                material=materials,
                cut=_twice(_four_fields(fields)),
                border=_twice(np.minimum(inside, 8).astype(np.float32)),
            )
        )
        self._hidden[:BODY_VERTICES] |= inside[self.model.nearest_on_tights] > margin

    def _add_skirt(self, garment: Garment) -> None:
        surface, cut, fabric = self.model.skirt, garment.cut, garment.fabric
        fields = cutting.skirt_fields(surface, cut)
        rest = cutting.skirt_shape(self._rng, surface, self._rest, cut)
        posed = self.model.skin(surface.weights, rest, self._transforms)
        inside = fields.min(1)
        faces = surface.faces[inside[surface.faces].max(1) > 0]
        plain = Fabric(fabric.texture, fabric.centred, folds=fabric.folds, fold_scale=fabric.fold_scale)
        texture, tint = (None, tuple(to_linear(fabric.texture[5, 5]))) if fabric.centred else (fabric.texture, fabric.tint)
        material = self._cloth_material(Garment(cut, garment.label, garment.layer, plain), texture, tint)
        self.meshes.append(
            Mesh(
                posed, surface.rest, surface.uv, faces, vertex_normals(posed, surface.faces, len(posed)),
                np.full(len(faces), material, np.int32), _four_fields(fields), np.minimum(inside, 8),
            )
        )  # fmt: skip
        x, y = self.model.base[:BODY_VERTICES, 0], self.model.base[:BODY_VERTICES, 1]
        covered = (y < cut.top - 0.3) & (y > max(cut.end + 0.5, -3)) & (np.abs(x) < 2.2)
        self._hidden[:BODY_VERTICES] |= covered & np.isin(self.model.vertex_part[:BODY_VERTICES], [TORSO_SKIN, LEGS])

    def _add_suit(self, garment: Garment) -> None:
        cut, cloth = garment.cut, self.model.clothes[garment.cut.name]
        components = SUIT_UPPER[cut.name]
        if components is None:
            height = [cloth.canonical[cloth.component == c, 1].max() for c in range(cloth.components)]
            upper = (np.array(height) > 3)[cloth.component]
        else:
            upper = np.isin(cloth.component, components)
        chosen = upper if cut.upper else ~upper
        rest = self.model.fit(cloth, self._rest)
        rest = rest + vertex_normals(rest.astype(np.float32), cloth.faces, len(rest)) * cut.ease
        material = self._cloth_material(garment, garment.fabric.texture, garment.fabric.tint)
        self._add_cloth(cloth, rest, material, chosen)
        if len(cloth.hides):
            self._hidden[cloth.hides[chosen[cloth.hides_nearest]]] = True

    def _add_cloth(self, cloth: Cloth, rest: np.ndarray, material: int, chosen: np.ndarray | None = None) -> None:
        """A modelled piece, or those of its faces whose vertices are `chosen`."""
        layout = cloth.layout
        faces = layout.faces
        if chosen is not None:
            faces = faces[chosen[layout.source[faces[:, 0]]]]
        posed = self.model.skin(cloth.skinning, rest, self._transforms)
        normals = vertex_normals(posed, cloth.faces, len(posed))
        self._add_layout(layout, faces, posed, cloth.canonical, normals, np.full(len(faces), material, np.int32))

    def _add_layout(self, layout, faces, posed, canonical, normals, material, border=None) -> None:
        source = layout.source
        count = len(source)
        border = np.full(count, cutting.EVERYWHERE, np.float32) if border is None else border
        cut = np.full((count, 4), cutting.EVERYWHERE, np.float32)
        self.meshes.append(
            Mesh(posed[source], canonical[source], layout.uv, faces, normals[source], material, cut, border)
        )

    def _add_skin(self) -> None:
        model, head = self.model, self.scene.head
        material_of_part = np.zeros(10, np.int32)
        for part in (FACE, TORSO_SKIN, 6, 7, LEGS):
            face = part == FACE
            painted = (*to_linear(head.hair_colour), _PAINTED_SCALP) if face and head.hair else (0.0, 0.0, 0.0, 0.0)
            material_of_part[part] = self._material(
                label=part, texture=model.skins[head.skin], tint=tuple(head.tint), gloss=head.gloss if face else 0.025,
                sharpness=12.0, one_sided=True, trim=painted,
            )  # fmt: skip
        layout = model.body_layout
        visible = ~self._hidden[layout.source[layout.faces]].all(1)
        normals = vertex_normals(self.posed, model.body_faces, len(self.posed))
        materials = material_of_part[model.face_part[visible]]
        self._add_layout(layout, layout.faces[visible], self.posed, model.base, normals, materials, model.scalp)

    def _add_eyes_and_brows(self) -> None:
        clothes, head = self.model.clothes, self.scene.head
        eyes = clothes["eyes"]
        texture = self.model.assets["eyetex"][head.eyes][:, :, :3]
        material = self._material(label=FACE, texture=texture, gloss=0.3, sharpness=60.0)
        self._add_cloth(eyes, self.model.fit(eyes, self._rest), material)
        brow = clothes[head.brow]
        tint = tuple(to_linear(np.clip(head.hair_colour * 0.7, 5, 120)))
        alpha = cv2.resize(brow.texture[:, :, 3], (SIZE, SIZE))
        self._add_cloth(brow, self.model.fit(brow, self._rest), self._material(label=FACE, tint=tint, bias=0.03, alpha=alpha))

    def _add_hair(self) -> None:
        head, cloth = self.scene.head, self.model.clothes[self.scene.head.hair]
        rest = self.model.fit(cloth, self._rest)
        rest = self._about_head(rest, head.hair_scale)
        if cloth.texture is None:
            strands = cv2.GaussianBlur(self._rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 1.2)
            grey, alpha = cv2.blur(np.clip(1 + 0.5 * strands, 0.3, 2), (1, 61)), np.full((SIZE, SIZE), 255, np.uint8)
        else:
            grey, alpha = cloth.grey**head.hair_contrast, cloth.texture[:, :, 3]
        texture = np.clip(grey[:, :, None] * head.hair_colour, 0, 255).astype(np.uint8)
        material = self._material(
            label=HAIR, texture=texture, gloss=head.hair_gloss, sharpness=18.0, bias=0.02, alpha=alpha
        )
        self._add_cloth(cloth, rest, material)

    def _add_prop(self, prop: props.Prop) -> None:
        """A hat is labelled hair and glasses face: both stay as they are. What hides the person is background."""
        model, side, colour = self.model, "l" if prop.side > 0 else "r", tuple(to_linear(prop.colour))
        paint = dict(tint=colour, gloss=0.05, sharpness=20.0)
        if prop.kind.startswith("fedora"):
            cloth = model.clothes[prop.kind]
            rest = self._about_head(model.fit(cloth, self._rest), 1.06)
            self._add_cloth(cloth, rest, self._material(label=HAIR, bias=0.3, **paint))
        elif prop.kind in ("beanie", "cap"):
            self._add_cap(prop, paint)
        elif prop.kind in ("glasses", "sunglasses"):
            eyes = (model.joint(self._rest, name) for name in ("l-eye", "r-eye"))
            solid = props.spectacles(*eyes, prop.kind == "sunglasses", min(prop.size, 1.1))
            self._add_solid(*solid, self._material(label=FACE, bias=0.1, **paint), "head")
        elif prop.kind in ("crossbody", "backpack"):
            self._add_bag(prop, paint)
        elif prop.kind == "handbag":
            hand = model.joint(self.posed, f"{side}-hand")
            bag = props.box(hand + np.array([0, -2.4 * prop.size, 0]), np.array([0.7, 1.7, 2.2]) * prop.size)
            handle = props.box(hand + np.array([0, -1.2, 0]), (0.08, 1.2, 0.12))
            self._add_solid(*props.joined([bag, handle]), self._material(label=0, **paint))
        else:
            knuckle, tip = (model.joint(self.posed, f"{side}-finger-3-{n}") for n in (1, 4))
            middle = (knuckle + tip) / 2 + np.array([0, 0.2, 0.25])
            phone = props.box(middle, np.array([0.8, 1.5, 0.1]) * prop.size)
            self._add_solid(*phone, self._material(label=0, **paint))

    def _about_head(self, rest: np.ndarray, scale: float) -> np.ndarray:
        centre = (self.model.joint(self._rest, "head-2") + self.model.joint(self._rest, "head")) / 2
        return (rest - centre) * scale + centre

    def _add_cap(self, prop: props.Prop, paint: dict) -> None:
        """The hairy part of the scalp, moved out; a cap has a visor."""
        model, layout = self.model, self.model.body_layout
        faces = layout.faces[model.scalp[layout.faces].min(1) > 0.5]
        normals = vertex_normals(self._rest, model.body_faces, len(self._rest))
        rest = self._rest + normals * (0.14 if prop.kind == "cap" else 0.2)
        posed = model.skin(model.weights, rest, self._transforms)
        material = self._material(label=HAIR, bias=0.6, folds=0.3 if prop.kind == "beanie" else 0.0, **paint)
        normals = vertex_normals(posed, model.body_faces, len(posed))
        self._add_layout(layout, faces, posed, model.base, normals, np.full(len(faces), material, np.int32))
        if prop.kind == "cap":
            eyes = (model.joint(self._rest, "l-eye") + model.joint(self._rest, "r-eye")) / 2
            self._add_solid(*props.box(eyes + np.array([0, 0.55, 0.75]), (1.25, 0.08, 0.9)), material, "head")

    def _add_bag(self, prop: props.Prop, paint: dict) -> None:
        """Straps over the shoulders and the bag at the hip or on the back."""
        cut = UpperCut(sleeve=0.0, hem=0.0, neck="crew", looseness=0.2)
        fabric = Fabric(np.full((SIZE, SIZE, 3), prop.colour, np.uint8), folds=0.0, gloss=0.04)
        fields = props.strap_fields(self.model.tights, prop.side, prop.kind, 0.13 * prop.size)
        self._add_surface(Garment(cut, 0, 4.0, fabric), fields, margin=99)
        if prop.kind == "crossbody":
            place, size = np.array([-prop.side * 1.9, 0.1, 0.5]), np.array([0.6, 1.2, 1.5]) * prop.size
        else:
            place, size = np.array([0, 3.7, -1.5]), np.array([2.4, 3.6, 1.2]) * prop.size
        bone = "spine05" if prop.kind == "crossbody" else "spine02"
        self._add_solid(*props.box(place, size), self._material(label=0, bias=0.2, **paint), bone)

    def _add_solid(self, positions: np.ndarray, faces: np.ndarray, material: int, bone: str | None = None) -> None:
        """A hard thing that follows a bone, or is already where it belongs."""
        posed = positions
        if bone is not None:
            turn = self._transforms[list(self.model.assets["bones"]).index(bone)].reshape(3, 4)
            posed = positions @ turn[:, :3].T + turn[:, 3]
        posed, count = posed.astype(np.float32), len(positions)
        self.meshes.append(
            Mesh(
                posed, positions, np.zeros((count, 2), np.float32), faces, vertex_normals(posed, faces, count),
                np.full(len(faces), material, np.int32), np.full((count, 4), cutting.EVERYWHERE, np.float32),
                np.full(count, cutting.EVERYWHERE, np.float32),
            )
        )  # fmt: skip

    def merged(self) -> Mesh:
        """All meshes as one."""
        offsets = np.cumsum([0] + [len(m.positions) for m in self.meshes[:-1]])
        faces = [mesh.faces + offset for mesh, offset in zip(self.meshes, offsets)]
        join = lambda name: np.concatenate([getattr(m, name) for m in self.meshes]).astype(np.float32)  # noqa: E731
        return Mesh(
            join("positions"), join("canonical"), join("uv"), np.concatenate(faces).astype(np.int32), join("normals"),
            np.concatenate([m.material for m in self.meshes]).astype(np.int32), join("cut"), join("border"),
        )  # fmt: skip

    def material_arrays(self) -> tuple:
        """The materials as shading.shade wants them."""
        every, textures, index = self.materials, [], []
        for material in every:
            index.append(-1 if material.texture is None else len(textures))
            if material.texture is not None:
                textures.append(_square(material.texture))
        column = lambda name, kind=np.float32: np.array([getattr(m, name) for m in every], kind)  # noqa: E731
        return (
            np.array(index, np.int32), np.stack(textures), column("scale"), column("tint"), column("gloss"),
            column("sharpness"), column("folds"), column("fold_scale"), column("seed", np.int64), column("trim"),
            column("label", np.int32),
        )  # fmt: skip

    def alpha_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of each material's cut-out texture (-1: none), and the textures."""
        index, alphas = [], [np.full((SIZE, SIZE), 255, np.uint8)]
        for material in self.materials:
            index.append(-1 if material.alpha is None else len(alphas))
            if material.alpha is not None:
                alphas.append(material.alpha)
        return np.array(index, np.int32), np.stack(alphas)


def _twice(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, values])


def _four_fields(fields: np.ndarray) -> np.ndarray:
    padded = np.full((len(fields), 4), cutting.EVERYWHERE, np.float32)
    padded[:, : fields.shape[1]] = fields
    return padded


def _square(texture: np.ndarray) -> np.ndarray:
    if texture.shape[:2] != (SIZE, SIZE):
        texture = cv2.resize(texture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return texture[:, :, :3]
