"""A small software rasteriser (numba, one thread, no graphics library)."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True)
def _edges(px, py, ax, ay, bx, by, cx, cy, inverse):
    w0 = ((bx - px) * (cy - py) - (cx - px) * (by - py)) * inverse
    w1 = ((cx - px) * (ay - py) - (ax - px) * (cy - py)) * inverse
    return w0, w1, 1.0 - w0 - w1


@njit(cache=True, fastmath=True)
def raster(points, faces, material, cut, uv, bias, cull, alpha_of, alphas, width, height, seed):
    """Nearest face and perspective-correct barycentrics per pixel.

    points: (n, 4) x, y in pixels, depth (positive) and 1/depth. cut: (n, 4), a pixel where any column interpolates to less
    than zero is not drawn. alpha_of: per material, the index of its alpha map or -1; alpha is a random threshold per pixel.
    Returns face (-1: nothing), first and second barycentric, depth.
    """
    depth = np.full((height, width), 1e9, np.float32)
    face = np.full((height, width), -1, np.int32)
    first, second = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for t in range(faces.shape[0]):
        i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
        if points[i, 2] < 0.1 or points[j, 2] < 0.1 or points[k, 2] < 0.1:
            continue
        ax, ay, bx, by, cx, cy = points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        m = material[t]
        if area == 0.0 or (cull[m] and area > 0):
            continue
        inverse = 1.0 / area
        x0, x1 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5))), min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0, y1 = max(0, int(np.ceil(min(ay, by, cy) - 0.5))), min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                w0, w1, w2 = _edges(x + 0.5, y + 0.5, ax, ay, bx, by, cx, cy, inverse)
                if w0 < 0 or w1 < 0 or w2 < 0:
                    continue
                q0, q1, q2 = w0 * points[i, 3], w1 * points[j, 3], w2 * points[k, 3]
                z = 1.0 / (q0 + q1 + q2)
                if z - bias[m] >= depth[y, x]:
                    continue
                q0, q1, q2 = q0 * z, q1 * z, q2 * z
                shown = True
                for c in range(cut.shape[1]):
                    if q0 * cut[i, c] + q1 * cut[j, c] + q2 * cut[k, c] < 0:
                        shown = False
                        break
                if not shown:
                    continue
                a = alpha_of[m]
                if a >= 0:
                    size = alphas.shape[1]
                    u = q0 * uv[i, 0] + q1 * uv[j, 0] + q2 * uv[k, 0]
                    v = q0 * uv[i, 1] + q1 * uv[j, 1] + q2 * uv[k, 1]
                    dice = (x * 73856093) ^ (y * 19349663) ^ (t * 83492791) ^ seed
                    dice = (dice ^ (dice >> 13)) & 0xFF
                    if alphas[a, min(size - 1, max(0, int((1 - v) * size))), min(size - 1, max(0, int(u * size)))] <= max(30, dice):
                        continue
                depth[y, x], face[y, x], first[y, x], second[y, x] = z - bias[m], t, q0, q1
    return face, first, second, depth


@njit(cache=True, fastmath=True)
def depth_only(points, faces, cut, width, height):
    """Depth of the nearest face under a parallel projection; points are x, y in pixels and depth."""
    depth = np.full((height, width), 1e9, np.float32)
    for t in range(faces.shape[0]):
        i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
        ax, ay, bx, by, cx, cy = points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        x0, x1 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5))), min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0, y1 = max(0, int(np.ceil(min(ay, by, cy) - 0.5))), min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                w0, w1, w2 = _edges(x + 0.5, y + 0.5, ax, ay, bx, by, cx, cy, inverse)
                if w0 < 0 or w1 < 0 or w2 < 0:
                    continue
                z = w0 * points[i, 2] + w1 * points[j, 2] + w2 * points[k, 2]
                if z >= depth[y, x]:
                    continue
                shown = True
                for c in range(cut.shape[1]):
                    if w0 * cut[i, c] + w1 * cut[j, c] + w2 * cut[k, c] < 0:
                        shown = False
                        break
                if shown:
                    depth[y, x] = z
    return depth


@njit(cache=True, fastmath=True)
def _lattice(ix, iy, iz, seed):
    h = (ix * 374761393 + iy * 668265263 + iz * 2147483647 + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    angle, z = (h & 0xFFFF) / 65535.0 * 6.2831853, ((h >> 16) & 0xFFFF) / 65535.0 * 2 - 1
    r = np.sqrt(max(0.0, 1 - z * z))
    return r * np.cos(angle), r * np.sin(angle), z


@njit(cache=True, fastmath=True)
def noise3(x, y, z, seed, gradient):
    """Gradient noise; the derivative goes into `gradient`."""
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - ix, y - iy, z - iz
    ux, uy, uz = fx**3 * (fx * (fx * 6 - 15) + 10), fy**3 * (fy * (fy * 6 - 15) + 10), fz**3 * (fz * (fz * 6 - 15) + 10)
    dx, dy, dz = 30 * fx * fx * (fx * (fx - 2) + 1), 30 * fy * fy * (fy * (fy - 2) + 1), 30 * fz * fz * (fz * (fz - 2) + 1)
    value, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
    for a in range(2):
        wa, da = (ux, dx) if a else (1 - ux, -dx)
        for b in range(2):
            wb, db = (uy, dy) if b else (1 - uy, -dy)
            for c in range(2):
                wc, dc = (uz, dz) if c else (1 - uz, -dz)
                hx, hy, hz = _lattice(ix + a, iy + b, iz + c, seed)
                d = hx * (fx - a) + hy * (fy - b) + hz * (fz - c)
                value += wa * wb * wc * d
                gx += da * wb * wc * d + wa * wb * wc * hx
                gy += wa * db * wc * d + wa * wb * wc * hy
                gz += wa * wb * dc * d + wa * wb * wc * hz
    gradient[0], gradient[1], gradient[2] = gx, gy, gz
    return value


def vertex_normals(points, faces):
    """Area-weighted unit normals, float32."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    n = np.cross(b - a, c - a)
    out = np.zeros((len(points), 3))
    for axis in range(3):
        for corner in range(3):
            out[:, axis] += np.bincount(faces[:, corner], n[:, axis], len(points))
    return (out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)).astype(np.float32)
