"""A small software rasteriser on one thread: visibility, shadow depth and vertex normals."""

import numpy as np
from numba import njit

FAR = 1e9


@njit(cache=True, fastmath=True)
def rasterise(points, triangles, material, cut, uv, bias, cull, alpha_of, alphas, width, height, seed):
    """Finds the triangle that each pixel shows.

    `points` is N x (x, y in pixels, view depth, 1 / depth). A triangle pixel is dropped where any of the vertex fields
    `cut` is negative, and where the material's alpha texture loses against a hash of the pixel. `bias` (per material)
    brings a layer closer to the camera. Returns triangle index (-1: none), two perspective-correct barycentric weights
    and the depth.
    """
    depth = np.full((height, width), np.float32(FAR), np.float32)
    index = np.full((height, width), -1, np.int32)
    first = np.zeros((height, width), np.float32)
    second = np.zeros((height, width), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if points[i, 2] < 0.1 or points[j, 2] < 0.1 or points[k, 2] < 0.1:
            continue
        x0, y0, x1, y1, x2, y2 = points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        m = material[t]
        if area == 0.0 or (cull[m] and area > 0):
            continue
        left, right = max(0, int(np.ceil(min(x0, x1, x2) - 0.5))), min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top, bottom = max(0, int(np.ceil(min(y0, y1, y2) - 0.5))), min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                a = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                b = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                c = 1.0 - a - b
                if a < 0 or b < 0 or c < 0:
                    continue
                a *= points[i, 3]
                b *= points[j, 3]
                c *= points[k, 3]
                z = 1.0 / (a + b + c)
                a *= z
                b *= z
                c *= z
                if z - bias[m] >= depth[y, x]:
                    continue
                kept = True
                for f in range(cut.shape[1]):
                    if a * cut[i, f] + b * cut[j, f] + c * cut[k, f] < 0:
                        kept = False
                        break
                if not kept:
                    continue
                if alpha_of[m] >= 0:
                    size = alphas.shape[1]
                    u = a * uv[i, 0] + b * uv[j, 0] + c * uv[k, 0]
                    v = a * uv[i, 1] + b * uv[j, 1] + c * uv[k, 1]
                    tx, ty = min(size - 1, max(0, int(u * size))), min(size - 1, max(0, int((1 - v) * size)))
                    chance = (x * 73856093) ^ (y * 19349663) ^ (t * 83492791) ^ seed
                    chance = (chance ^ (chance >> 13)) & 0xFF
                    if alphas[alpha_of[m], ty, tx] <= max(30, chance):
                        continue
                depth[y, x] = z - bias[m]
                index[y, x] = t
                first[y, x] = a
                second[y, x] = b
    return index, first, second, depth


@njit(cache=True, fastmath=True)
def depth_map(points, triangles, cut, width, height):
    """Orthographic depth (x, y in pixels, z) for the shadow of the key light."""
    depth = np.full((height, width), np.float32(FAR), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0:
            continue
        left, right = max(0, int(np.ceil(min(x0, x1, x2) - 0.5))), min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top, bottom = max(0, int(np.ceil(min(y0, y1, y2) - 0.5))), min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                a = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                b = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                c = 1.0 - a - b
                if a < 0 or b < 0 or c < 0:
                    continue
                z = a * points[i, 2] + b * points[j, 2] + c * points[k, 2]
                if z >= depth[y, x]:
                    continue
                kept = True
                for f in range(cut.shape[1]):
                    if a * cut[i, f] + b * cut[j, f] + c * cut[k, f] < 0:
                        kept = False
                        break
                if kept:
                    depth[y, x] = z
    return depth


@njit(cache=True, fastmath=True)
def vertex_normals(positions, triangles, count):
    """Unit normals, weighted by area."""
    normals = np.zeros((count, 3), np.float32)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = positions[j, 0] - positions[i, 0], positions[j, 1] - positions[i, 1], positions[j, 2] - positions[i, 2]
        bx, by, bz = positions[k, 0] - positions[i, 0], positions[k, 1] - positions[i, 1], positions[k, 2] - positions[i, 2]
        x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for vertex in (i, j, k):
            normals[vertex, 0] += x
            normals[vertex, 1] += y
            normals[vertex, 2] += z
    for vertex in range(count):
        x, y, z = normals[vertex, 0], normals[vertex, 1], normals[vertex, 2]
        length = np.sqrt(x * x + y * y + z * z) + 1e-12
        normals[vertex] /= length
    return normals
