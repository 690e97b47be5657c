"""Takes the photo of a figure: camera, rasteriser pass, deferred shading, backdrop, film.

Everything but the triangle loop is numpy over the pixels that the figure covers. Colours are linear RGB until `develop`.
"""

import cv2
import numpy as np

from cloth_detail import cloth_albedo, fold_normals
from raster import depth_only, raster

JOINTS = dict(neck="neck", lsho="l-shoulder", rsho="r-shoulder", lelb="l-elbow", relb="r-elbow", lwri="l-hand", rwri="r-hand",
              lhip="l-upper-leg", rhip="r-upper-leg", lkne="l-knee", rkne="r-knee", lank="l-ankle", rank="r-ankle",
              leye="l-eye", reye="r-eye")
KEYPOINTS = ("nose", "neck", "lsho", "rsho", "lelb", "relb", "lwri", "rwri", "lhip", "rhip", "lkne", "rkne", "lank", "rank", "leye", "reye")
DISTANCE = 36.0


def linear(colour):
    """sRGB 0..255 to linear 0..1."""
    c = np.asarray(colour, np.float32) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def unit(v):
    return v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9)


def sample_texture(texture, uv):
    """Bilinear look-up, v up; returns sRGB floats."""
    h, w = texture.shape[:2]
    x, y = (uv[:, 0] % 1) * w - 0.5, (1 - uv[:, 1] % 1) * h - 0.5
    step = 30000
    parts = []
    for i in range(0, len(x), step):
        parts.append(cv2.remap(texture, x[i:i + step].astype(np.float32)[None], y[i:i + step].astype(np.float32)[None],
                               cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0])
    return np.concatenate(parts).astype(np.float32)


class Photograph:
    """One exposure of `figure`, `width` x `height` pixels, `ss` samples per pixel side."""

    def __init__(self, figure, width=768, height=1024, ss=3):
        self.figure, self.person = figure, figure.person
        self.w, self.h, self.ss = width, height, ss
        self.W, self.H = width * ss, height * ss
        self._merge()
        self._camera()
        self._visibility()

    def _merge(self):
        pos, can, uv, normal, faces, material, ext, cut, start = [], [], [], [], [], [], [], [], 0
        for m in self.figure.meshes:
            n = len(m.pos)
            pos.append(m.pos), can.append(m.can), uv.append(m.uv), normal.append(m.normal), material.append(m.material)
            faces.append(m.faces + start)
            ext.append(np.full(n, 9, np.float32) if m.ext is None else m.ext)
            cut.append(np.full((n, 4), 9, np.float32) if m.cut is None else m.cut)
            start += n
        join = lambda parts, kind=np.float32: np.ascontiguousarray(np.concatenate(parts), kind)
        self.pos, self.can, self.uv, self.normal = join(pos), join(can), join(uv), join(normal)
        self.faces, self.material, self.ext, self.cut = join(faces, np.int32), join(material, np.int32), join(ext), join(cut)

    def _camera(self):
        f, p = self.figure, self.person
        joints = {k: f.joint(n) for k, n in JOINTS.items()}
        joints["nose"] = f.body[f.wardrobe.nose]
        eye_level = joints["neck"][1] * 0.75 + joints["lhip"][1] * 0.25
        a = np.deg2rad(p.turn)
        spin = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        centre = np.array([0, eye_level, 0])
        view = lambda v: ((v - centre) @ spin.T - np.array([0, 0, DISTANCE])).astype(np.float32)
        self.pos, self.normal = view(self.pos), (self.normal @ spin.T).astype(np.float32)
        joints = {k: view(v[None])[0] for k, v in joints.items()}
        sx, sy = self.pos[:, 0] / -self.pos[:, 2], self.pos[:, 1] / -self.pos[:, 2]
        seen = self.cut.min(1) > 0
        level = lambda n: joints[n][1] / -joints[n][2]
        top, low = sy[seen].max(), sy[seen].min()
        bottom = {"full": low, "knee": (level("lkne") + level("rkne")) / 2 + 0.01,
                  "thigh": (level("lkne") * 0.45 + level("lhip") * 0.55), "hip": level("lhip") - 0.045}[p.frame]
        shown = seen & (sy > bottom)
        left, right = np.percentile(sx[shown], [0.5, 99.5])
        focal = self.H * p.fill / (top - bottom)
        focal = min(focal, self.W * 0.94 / (right - left))
        head = 0.055 * self.H
        ox = self.W / 2 - (left + right) / 2 * focal + p.shift * self.W
        oy = head + top * focal if p.frame != "full" else self.H * (0.5 - 0.012) + (top + low) / 2 * focal
        self.project = lambda v: (ox + focal * v[..., 0] / -v[..., 2], oy - focal * v[..., 1] / -v[..., 2])
        self.focal, self.floor = focal, self.pos[seen, 1].min()
        self.px_per_dm = focal / DISTANCE
        self.kp = np.zeros((len(KEYPOINTS), 3), np.float32)
        for i, name in enumerate(KEYPOINTS):
            x, y = (float(q) / self.ss for q in self.project(joints[name]))
            self.kp[i] = x, y, float(0 <= x < self.w and 0 <= y < self.h)

    def _visibility(self):
        x, y = self.project(self.pos)
        screen = np.stack([x, y, -self.pos[:, 2], 1 / -self.pos[:, 2]], 1).astype(np.float32)
        mats = self.figure.materials
        alphas, index = [], []
        for m in mats:
            a = m.get("alpha")
            index.append(-1 if a is None else len(alphas))
            if a is not None:
                alphas.append(cv2.resize(a, (1024, 1024), interpolation=cv2.INTER_LINEAR))
        alphas = np.stack(alphas) if alphas else np.zeros((1, 8, 8), np.uint8)
        bias = np.array([m.get("bias", 0) for m in mats], np.float32)
        cull = np.array([m.get("cull", 0) for m in mats], np.int32)
        tid, b0, b1, depth = raster(screen, self.faces, self.material, self.cut, self.uv, bias, cull,
                                    np.array(index, np.int32), alphas, self.W, self.H, 12345)
        self.covered = tid >= 0
        self.depth = depth
        self.iy, self.ix = np.nonzero(self.covered)
        t = tid[self.covered]
        a, b = b0[self.covered][:, None], b1[self.covered][:, None]
        i, j, k = self.faces[t].T
        lerp = lambda v: v[i] * a + v[j] * b + v[k] * (1 - a - b)
        self.P, self.N, self.C, self.T = lerp(self.pos), unit(lerp(self.normal)), lerp(self.can), lerp(self.uv)
        self.E = lerp(self.ext[:, None])[:, 0]
        self.M = self.material[t]
        self.V = unit(-self.P)
        self.N *= np.where((self.N * self.V).sum(1, keepdims=True) < 0, -1, 1)

    def spread(self, values, fill=0):
        out = np.full((self.H, self.W) + values.shape[1:], fill, np.float32)
        out[self.covered] = values
        return out

    # ------------------------------------------------------------------ light
    def _occlusion(self):
        """Creases and contact: how far a pixel lies behind its blurred surroundings, at three radii."""
        small = (self.w, self.h)
        far = float(self.depth[self.covered].max())
        z = cv2.resize(np.minimum(self.depth, far), small, interpolation=cv2.INTER_AREA)
        ao = np.ones((self.h, self.w), np.float32)
        dm = self.px_per_dm / self.ss
        for radius, strength in ((0.12, 0.35), (0.35, 0.45), (0.9, 0.45)):
            d = z - cv2.GaussianBlur(z, (0, 0), radius * dm)
            ao -= strength * np.clip(d / (0.9 * radius + 0.12), 0, 1)
        ao = cv2.resize(np.clip(ao, 0.3, 1), (self.W, self.H), interpolation=cv2.INTER_LINEAR)
        return ao[self.covered]

    def _shadow(self, light, softness):
        """Shadow of a large lamp in direction `light`: a hard map, softened on screen."""
        size = 900
        side = unit(np.cross([0, 1, 0], light))
        up = np.cross(light, side)
        q = np.stack([self.pos @ side, self.pos @ up, -(self.pos @ light)], 1)
        lo, hi = q.min(0), q.max(0)
        s = (size - 8) / max(hi[0] - lo[0], hi[1] - lo[1])
        casters = np.stack([(q[:, 0] - lo[0]) * s + 4, (q[:, 1] - lo[1]) * s + 4, q[:, 2]], 1).astype(np.float32)
        solid = np.array([m["name"] != "brow" for m in self.figure.materials])[self.material]
        buffer = depth_only(casters, self.faces[solid], self.cut, size, size)
        x = ((self.P @ side - lo[0]) * s + 4).astype(int).clip(0, size - 1)
        y = ((self.P @ up - lo[1]) * s + 4).astype(int).clip(0, size - 1)
        d = -(self.P @ light)
        lit = np.zeros(len(x), np.float32)
        for dx in (-2, 0, 2):
            for dy in (-2, 0, 2):
                lit += buffer[(y + dy).clip(0, size - 1), (x + dx).clip(0, size - 1)] > d - 0.14
        return self.soften(lit / 9, softness)

    def soften(self, values, radius_dm, group=None):
        """Blurs per-pixel values over the figure only (optionally within a boolean group)."""
        group = np.ones(len(self.M), bool) if group is None else group
        many = values.ndim == 2
        grid = self.spread(np.where(group[:, None] if many else group, values, 0))
        weight = self.spread(group.astype(np.float32))
        sigma = max(0.5, radius_dm * self.px_per_dm)
        scale = max(1, int(sigma // 3))
        size = (self.W // scale, self.H // scale)
        blur = lambda g: cv2.resize(cv2.GaussianBlur(cv2.resize(g, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / scale),
                                    (self.W, self.H), interpolation=cv2.INTER_LINEAR)
        out = blur(grid)[self.covered] / (blur(weight)[self.covered] + 1e-6)[(...,) + ((None,) if many else ())]
        return np.where(group[:, None] if many else group, out, values)

    # ---------------------------------------------------------------- materials
    def shade(self):
        p, mats = self.person, self.figure.materials
        n = len(self.M)
        albedo = np.ones((n, 3), np.float32) * 0.5
        gloss, power, sheen = np.full(n, 0.02, np.float32), np.full(n, 10, np.float32), np.zeros(n, np.float32)
        label = np.array([m["label"] for m in mats])[self.M].astype(np.uint8)
        skin = np.zeros(n, bool)
        hair = np.zeros(n, bool)
        normal = self.N.copy()
        for index, m in enumerate(mats):
            at = np.nonzero(self.M == index)[0]
            if not len(at):
                continue
            if m["name"] == "skin":
                tone = sample_texture(self.figure.wardrobe.skins[p.skin], self.T[at])
                base = linear(tone) ** p.contrast * np.array(p.tone)
                if p.hair:
                    scalp = np.clip((self.E[at] - 0.30) / 0.4, 0, 1)[:, None]
                    base = base * (1 - scalp) + linear(np.array(p.hair_colour) * 0.8) * scalp
                    label[at[scalp[:, 0] > 0.5]] = 1
                albedo[at], skin[at] = base, True
                gloss[at], power[at] = 0.045, 16
            elif m["name"] == "eyes":
                albedo[at] = linear(sample_texture(m["texture"], self.T[at])) * 0.78
                gloss[at], power[at] = 0.35, 120
            elif m["name"] == "brow":
                albedo[at] = linear(np.clip(np.array(p.hair_colour) * 0.65, 8, 110))
            elif m["name"] == "hair":
                hair[at] = True
                streak = np.ones((len(at), 1), np.float32)
                if m["texture"] is not None:
                    streak = np.clip(sample_texture(np.ascontiguousarray(m["texture"], np.float32), self.T[at]), 0.25, 2.2)[:, None]
                albedo[at] = linear(p.hair_colour) * streak ** 1.5
            elif m["name"] == "shoes":
                albedo[at] = linear(sample_texture(m["texture"], self.T[at]))
                gloss[at] = 0.05
            else:
                albedo[at] = cloth_albedo(m, self.C[at], self.E[at], self.T[at])
                normal[at] = fold_normals(m, self.C[at], normal[at], p.seed)
                sheen[at] = 0.05
                gloss[at] = 0.015
        return self._light(albedo, normal, gloss, power, sheen, skin, hair), label

    def _light(self, albedo, normal, gloss, power, sheen, skin, hair):
        set_ = dict(key=(-0.55, 0.55, 0.75), key_colour=(1.06, 1.0, 0.93), key_power=0.72, fill=(0.8, 0.15, 0.6), fill_power=0.20,
                    ambient=0.36, rim=0.25, sky=(0.97, 1.0, 1.05), ground=(0.80, 0.76, 0.72))
        set_.update(self.person.light)
        ao = self._occlusion()[:, None]
        key = unit(np.array(set_["key"], float))
        shadow = self._shadow(key, 0.10)[:, None]
        ny = normal[:, 1:2] * 0.5 + 0.5
        ambient = set_["ambient"] * (np.array(set_["sky"]) * ny + np.array(set_["ground"]) * (1 - ny)) * ao
        front = np.clip(normal[:, 2:3], 0, 1) * 0.22
        wrap = 0.28
        lamp = np.clip(((normal @ key)[:, None] + wrap) / (1 + wrap), 0, 1) ** 1.15
        light = ambient + front * ao
        light = light + set_["key_power"] * lamp * shadow * np.array(set_["key_colour"]) * (0.45 + 0.55 * ao)
        fill = unit(np.array(set_["fill"], float))
        light = light + set_["fill_power"] * np.clip((normal @ fill)[:, None] * 0.8 + 0.2, 0, 1) * ao * np.array([0.96, 1, 1.05])
        if skin.any():
            for channel, radius in enumerate((0.085, 0.035, 0.02)):
                soft = self.soften(light[:, channel].astype(np.float32), radius, skin)
                light[:, channel] = np.where(skin, soft * 0.85 + light[:, channel] * 0.15, light[:, channel])
        half = unit(key + self.V)
        nh = np.clip((normal * half).sum(1), 0, 1)
        spec = gloss * nh**power * (power + 8) / 25 * shadow[:, 0] * set_["key_power"]
        if hair.any():
            down = np.array([0.0, -1, 0.15])
            tangent = unit(down - (normal @ down)[:, None] * normal)
            th = (tangent * half).sum(1)
            strand = np.clip(1 - th**2, 0, 1) ** 28 * 0.10 + np.clip(1 - (th + 0.12) ** 2, 0, 1) ** 9 * 0.05
            spec = np.where(hair, strand * shadow[:, 0] * ao[:, 0] * (0.4 + 2.2 * albedo.mean(1)), spec)
        facing = np.clip((normal * self.V).sum(1), 0, 1)
        edge = (1 - facing) ** 4 * set_["rim"] * ao[:, 0] * np.where(skin, 0.16, np.where(hair, 0.12, 0.10))
        velvet = sheen * (1 - facing) ** 2 * ao[:, 0]
        return albedo * light + (spec + edge + velvet)[:, None] * np.array([1.0, 0.99, 0.97])

    # ------------------------------------------------------------------ picture
    def take(self):
        """Returns (RGB uint8, labels uint8, canonical xyz float32, keypoints x y visible)."""
        colour, label = self.shade()
        full = self.spread(colour.astype(np.float32))
        alpha = cv2.resize(self.covered.astype(np.float32), (self.w, self.h), interpolation=cv2.INTER_AREA)[:, :, None]
        picture = cv2.resize(full, (self.w, self.h), interpolation=cv2.INTER_AREA)
        picture = picture + self._backdrop(alpha[:, :, 0]) * (1 - alpha)
        mid = self.ss // 2
        labels = np.zeros((self.H, self.W), np.uint8)
        labels[self.covered] = label
        labels = np.ascontiguousarray(labels[mid::self.ss, mid::self.ss])
        canon = self.spread(self.C)[mid::self.ss, mid::self.ss]
        return self._develop(picture), labels, canon, self.kp

    def _floor_shadow(self):
        """Soft contact shadow of the feet and a long one of the body, 0..1 per pixel."""
        out = np.zeros((self.h, self.w), np.float32)
        dm = self.px_per_dm / self.ss
        light = unit(np.array(self.person.light.get("key", (-0.55, 0.55, 0.75)), float))
        for reach, sigma, strength in ((0.5, 0.12, 0.62), (2.2, 0.45, 0.34), (99, 0.9, 0.26)):
            height = self.pos[:, 1] - self.floor
            flat = self.pos - light * (height / light[1] * (1.0 if reach > 5 else 0.35))[:, None]
            flat[:, 1] = self.floor
            x, y = self.project(flat)
            q = np.stack([x / self.ss, y / self.ss, np.ones(len(x))], 1).astype(np.float32)
            near = (height[self.faces] < reach).all(1)
            hit = depth_only(q, self.faces[near], self.cut, self.w, self.h) < 1e8
            out = 1 - (1 - out) * (1 - strength * cv2.GaussianBlur(hit.astype(np.float32), (0, 0), sigma * dm))
        return out

    def _backdrop(self, alpha):
        g = dict(kind="studio", top=(222, 221, 219), bottom=(236, 235, 233), glow=0.10)
        g.update(self.person.backdrop)
        yy, xx = np.mgrid[0:self.h, 0:self.w].astype(np.float32)
        if g["kind"] == "studio":
            t = np.clip(yy / self.h, 0, 1) ** 1.6
            wall = linear(g["top"]) * (1 - t[:, :, None]) + linear(g["bottom"]) * t[:, :, None]
            d = np.hypot((xx / self.w - 0.45) * 0.9, yy / self.h - 0.38)
            wall = wall * (1 + g["glow"] * (0.9 - 2.0 * d))[:, :, None]
            if self.person.frame == "full":
                wall = wall * (1 - self._floor_shadow())[:, :, None]
            else:
                soft = cv2.GaussianBlur(alpha, (0, 0), self.w / 16)
                soft = cv2.warpAffine(soft, np.float32([[1, 0, self.w * 0.05], [0, 1, self.h * 0.02]]), (self.w, self.h))
                wall = wall * (1 - 0.16 * soft)[:, :, None]
            return wall
        probe = self.figure.wardrobe.data["H"][g["probe"]].astype(np.float32)
        probe = np.clip(np.nan_to_num(probe, posinf=60), 0, 60)
        f = 0.5 * self.h / np.tan(np.deg2rad(g.get("fov", 46)) / 2)
        dx, dy = (xx - self.w / 2) / f, -(yy - self.h / 2) / f + g.get("pitch", 0.0)
        around = (np.arctan2(dx, np.ones_like(dx)) / (2 * np.pi) + g.get("yaw", 0) / 360) % 1 * 1024
        above = np.arccos(np.clip(dy / np.sqrt(dx * dx + dy * dy + 1), -1, 1)) / np.pi * 512
        wall = cv2.remap(probe, around.astype(np.float32), above.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
        wall = np.clip(wall, 0, 6)
        wall = cv2.GaussianBlur(wall, (0, 0), g.get("blur", 13)) * g.get("exposure", 0.6)
        return wall / (1 + 0.3 * wall)

    def _develop(self, picture):
        """Tone curve, vignette, a breath of sharpening and grain."""
        r = np.random.default_rng(self.person.seed)
        yy, xx = np.mgrid[0:self.h, 0:self.w].astype(np.float32)
        d2 = ((xx / self.w - 0.5) ** 2 + (yy / self.h - 0.5) ** 2)
        x = picture * self.person.light.get("exposure", 0.98) * (1 - 0.16 * d2)[:, :, None]
        bloom = cv2.GaussianBlur(np.clip(x - 0.7, 0, 1), (0, 0), self.w / 90)
        x = np.clip(x + 0.10 * bloom, 0, None)
        x = x * (1 + x / 6.0) / (1 + x * 0.28)
        x = np.clip(x, 0, 1)
        x = np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)
        blurred = cv2.GaussianBlur(x, (0, 0), 1.0)
        x = x + 0.22 * (x - blurred)
        grain = cv2.GaussianBlur(r.normal(0, 1, (self.h, self.w)).astype(np.float32), (0, 0), 0.6)
        x = x + 0.008 * grain[:, :, None]
        return (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)
