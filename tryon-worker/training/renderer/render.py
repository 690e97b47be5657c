"""Scene -> picture with labels: projection, visibility, light, background, camera response."""

from dataclasses import dataclass

import cv2
import numpy as np

from .backdrop import paint
from .body import FORWARD, RIGHT, UP, BodyModel, rotation
from .figure import Figure, Mesh
from .labels import KEYPOINTS
from .lighting import ambient_harmonics, key_light
from .raster import FAR, rasterise
from .scene import Camera, Scene
from .shading import shade
from .textures import LINEAR

_LEFT_HIP, _RIGHT_HIP = KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")
_LEFT_KNEE, _RIGHT_KNEE = KEYPOINTS.index("left_knee"), KEYPOINTS.index("right_knee")
_NECK = KEYPOINTS.index("neck")


@dataclass(frozen=True)
class View:
    """From camera space to pixels, several a side of one of the finished picture's."""

    focal: float
    origin_x: float
    origin_y: float

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y in pixels."""
        return self.origin_x + self.focal * points[:, 0] / -points[:, 2], self.origin_y - self.focal * points[:, 1] / -points[:, 2]


@dataclass
class Render:
    """A picture and its truth. Keypoints are x, y in pixels and 1 when inside the picture."""

    image: np.ndarray  # H x W x 3, RGB bytes
    labels: np.ndarray  # H x W, see labels.PARTS
    canonical: np.ndarray  # H x W x 3, rest-pose position on the body in decimetres
    keypoints: np.ndarray  # 16 x 3
    frame: str
    tone: int  # index into labels.TONES
    worn: np.ndarray  # the supersampled picture: which of the scene's garments is seen, -1: none
    outer: np.ndarray  # the supersampled picture: whether a surface is seen from its outer side
    view: View

    def coverage(self, garments: list[int]) -> np.ndarray:
        """H x W: the share (0 to 1) of each pixel that shows some of the scene's garments."""
        seen = np.isin(self.worn, garments).astype(np.float32)
        return cv2.resize(seen, self.labels.shape[::-1], interpolation=cv2.INTER_AREA)


def render(
    model: BodyModel, scene: Scene, height: int, width: int, supersample: int = 2, view: View | None = None
) -> Render:
    """Renders a scene; with the `view` of another picture of the same size, as that one was framed."""
    rng = np.random.default_rng(scene.seed + 1)
    figure = Figure(model, scene)
    mesh, joints = figure.merged(), figure.keypoints()
    _place(mesh, joints, scene.camera)
    big = (height * supersample, width * supersample)
    view = view or _frame(mesh, joints, scene.camera, *big)
    x, y = view.project(mesh.positions)
    visible, depth = _visible(figure, mesh, (x, y), big, scene.seed)
    harmonics, direction = ambient_harmonics(scene.light)
    key = key_light(scene.light, direction, mesh)
    harmonics = harmonics * np.float32(1 - 0.35 * scene.light.key_colour.mean())
    light = (harmonics, key.direction, key.colour, key.shadow, key.matrix, LINEAR)
    geometry = (mesh.faces, mesh.material, mesh.positions, mesh.normals, mesh.uv, mesh.canonical, mesh.border)
    open_sky = _occlusion(visible[0], depth, height, width)
    linear, labels, canonical = shade(visible, geometry, figure.material_arrays(), light, open_sky)
    coverage = (visible[0] >= 0).astype(np.float32)
    alpha = cv2.resize(coverage, (width, height), interpolation=cv2.INTER_AREA)
    behind = paint(rng, scene.backdrop, scene.light, alpha)
    picture = cv2.resize(linear, (width, height), interpolation=cv2.INTER_AREA) + behind * (1 - alpha[:, :, None])
    middle = slice(supersample // 2, None, supersample)
    points = np.stack(view.project(joints), 1) / supersample
    inside = ((points >= 0) & (points < [width, height])).all(1)
    return Render(
        image=_develop(picture * scene.light.brightness, scene.light.soft_shoulder),
        labels=np.ascontiguousarray(labels[middle, middle]),
        canonical=canonical[middle, middle],
        keypoints=np.concatenate([points, inside[:, None]], 1).astype(np.float32),
        frame=scene.camera.frame,
        tone=scene.head.tone,
        worn=np.where(visible[0] < 0, -1, np.array(figure.garment_of)[mesh.material][visible[0]]).astype(np.int8),
        outer=(visible[0] >= 0) & _towards_camera(x, y, mesh.faces)[visible[0]],
        view=view,
    )


@dataclass
class Surface:
    """What of a scene each pixel's middle shows. Planes are H x W."""

    worn: np.ndarray  # which of the scene's garments, -1: none
    outer: np.ndarray  # bool: from its outer side
    canonical: np.ndarray  # x 3, rest-pose position in decimetres


def surface(model: BodyModel, scene: Scene, height: int, width: int, picture: Render) -> Surface:
    """What a scene shows, framed as `picture`, without its colours and light: a fraction of the time of `render`."""
    figure = Figure(model, scene)
    mesh, joints = figure.merged(), figure.keypoints()
    _place(mesh, joints, scene.camera)
    finer = picture.worn.shape[0] / height
    view = View(*(value / finer for value in (picture.view.focal, picture.view.origin_x, picture.view.origin_y)))
    x, y = view.project(mesh.positions)
    (index, first, second), _ = _visible(figure, mesh, (x, y), (height, width), scene.seed)
    shown = index >= 0
    corners, weights = mesh.faces[index[shown]], np.stack([first[shown], second[shown]], 1)
    weights = np.concatenate([weights, 1 - weights.sum(1, keepdims=True)], 1)
    canonical = np.zeros((height, width, 3), np.float32)
    canonical[shown] = (mesh.canonical[corners] * weights[:, :, None]).sum(1)
    return Surface(
        worn=np.where(shown, np.array(figure.garment_of)[mesh.material][index], -1).astype(np.int8),
        outer=shown & _towards_camera(x, y, mesh.faces)[index],
        canonical=canonical,
    )


def _place(mesh: Mesh, joints: np.ndarray, camera: Camera) -> None:
    """Moves everything into camera space: camera at the origin, looking along -z."""
    turn = rotation(RIGHT, camera.pitch) @ rotation(FORWARD, camera.roll) @ rotation(UP, camera.yaw)
    hips = joints[[_LEFT_HIP, _RIGHT_HIP], 1].mean()
    centre = np.array([0, (joints[_NECK, 1] + hips) / 2, 0])
    away = np.array([0, 0, camera.distance])
    mesh.positions = ((mesh.positions - centre) @ turn.T - away).astype(np.float32)
    mesh.normals = (mesh.normals @ turn.T).astype(np.float32)
    joints[:] = (joints - centre) @ turn.T - away


def _frame(mesh: Mesh, joints: np.ndarray, camera: Camera, height: int, width: int) -> View:
    """Frames the person as the camera asks."""
    if camera.frame == "garment":
        return _frame_all(mesh, camera, height, width)
    shown = mesh.positions[mesh.cut.min(1) > 0]
    x, y = shown[:, 0] / -shown[:, 2], shown[:, 1] / -shown[:, 2]
    level = joints[:, 1] / -joints[:, 2]
    top, hip, neck = y.max(), min(level[_LEFT_HIP], level[_RIGHT_HIP]), level[_NECK]
    if camera.frame == "torso":
        top = neck + camera.top * (top - neck)
    bottom = {
        "full": y.min(),
        "knee": min(level[_LEFT_KNEE], level[_RIGHT_KNEE]),
        "hip": hip - 0.3 / camera.distance,
        "chest": neck * 0.45 + level[_LEFT_HIP] * 0.55,
        "torso": hip - camera.bottom / camera.distance,
    }[camera.frame]
    left, right = np.percentile(x[(y > bottom) & (y < top + 0.01)], [1, 99])
    focal = height * camera.fill / (top - bottom)
    if camera.keep_arms:
        focal = min(focal, width * 0.98 / (right - left))
    shift_x, shift_y = camera.shift
    origin_x = width / 2 - (left + right) / 2 * focal + shift_x * width
    if camera.frame == "full":
        origin_y = height / 2 + (top + bottom) / 2 * focal + shift_y * height
    else:
        origin_y = camera.margin * height + top * focal
    return View(focal, origin_x, origin_y)


def _frame_all(mesh: Mesh, camera: Camera, height: int, width: int) -> View:
    """Frames everything that is drawn, in the middle."""
    drawn = np.unique(mesh.faces)
    shown = mesh.positions[drawn[mesh.cut[drawn].min(1) > 0]]
    x, y = shown[:, 0] / -shown[:, 2], shown[:, 1] / -shown[:, 2]
    focal = min(height * camera.fill / np.ptp(y), width * camera.fill / np.ptp(x))
    origin_x = (0.5 + camera.shift[0]) * width - focal * (x.max() + x.min()) / 2
    return View(focal, origin_x, (0.5 + camera.shift[1]) * height + focal * (y.max() + y.min()) / 2)


def _towards_camera(x: np.ndarray, y: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Whether each triangle turns its outer side to the camera."""
    i, j, k = faces.T
    return (x[j] - x[i]) * (y[k] - y[i]) - (x[k] - x[i]) * (y[j] - y[i]) < 0


def _visible(figure: Figure, mesh: Mesh, at: tuple[np.ndarray, np.ndarray], size: tuple[int, int], seed: int):
    x, y = at
    depth = -mesh.positions[:, 2]
    points = np.stack([x, y, depth, 1 / depth], 1).astype(np.float32)
    bias = np.array([m.bias for m in figure.materials], np.float32)
    one_sided = np.array([m.one_sided for m in figure.materials], np.int32)
    index, first, second, nearest = rasterise(
        points, mesh.faces, mesh.material, mesh.cut, mesh.uv, bias, one_sided, *figure.alpha_arrays(), size[1], size[0], seed
    )
    return (index, first, second), nearest


def _occlusion(index: np.ndarray, depth: np.ndarray, height: int, width: int) -> np.ndarray:
    """Darkens what lies behind its surroundings (unsharp mask of the depth). 1 is open."""
    shown = depth < FAR / 2
    farthest = float(depth[shown].max()) if shown.any() else 1.0
    flat = cv2.resize(np.minimum(depth, farthest), (width, height), interpolation=cv2.INTER_NEAREST)
    open_sky = np.ones((height, width), np.float32)
    for spread in (height / 120, height / 40):
        behind = np.clip(flat - cv2.GaussianBlur(flat, (0, 0), spread), 0, 0.6)
        open_sky -= 0.55 * np.clip(behind / 0.45, 0, 1)
    return cv2.resize(np.clip(open_sky, 0.25, 1), index.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _develop(linear: np.ndarray, soft_shoulder: bool) -> np.ndarray:
    """Linear light to sRGB bytes."""
    linear = np.clip(linear, 0, None)
    if soft_shoulder:
        linear = linear / (1 + 0.12 * linear)
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)
