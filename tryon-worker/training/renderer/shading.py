"""Colours the visible surface: texture, cloth folds, ambient and key light, shadow, gloss."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, inline="always")
def _lattice_gradient(ix, iy, iz, seed):
    """A unit vector that depends only on the lattice point and the seed."""
    h = (ix * 374761393 + iy * 668265263 + iz * 2147483647 + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    angle = (h & 0xFFFF) / 65535.0 * 6.2831853
    z = ((h >> 16) & 0xFFFF) / 65535.0 * 2 - 1
    r = np.sqrt(max(0.0, 1 - z * z))
    return r * np.cos(angle), r * np.sin(angle), z


@njit(cache=True, fastmath=True)
def gradient_noise(x, y, z, seed, gradient):
    """Perlin noise in space; its derivative is written to `gradient`."""
    ix, iy, iz = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - ix, y - iy, z - iz
    ux, uy, uz = (
        fx * fx * fx * (fx * (fx * 6 - 15) + 10),
        fy * fy * fy * (fy * (fy * 6 - 15) + 10),
        fz * fz * fz * (fz * (fz * 6 - 15) + 10),
    )
    dux, duy, duz = (
        30 * fx * fx * (fx * (fx - 2) + 1),
        30 * fy * fy * (fy * (fy - 2) + 1),
        30 * fz * fz * (fz * (fz - 2) + 1),
    )
    value, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
    for a in range(2):
        wa, da = (ux, dux) if a else (1 - ux, -dux)
        for b in range(2):
            wb, db = (uy, duy) if b else (1 - uy, -duy)
            for c in range(2):
                wc, dc = (uz, duz) if c else (1 - uz, -duz)
                hx, hy, hz = _lattice_gradient(ix + a, iy + b, iz + c, seed)
                d = hx * (fx - a) + hy * (fy - b) + hz * (fz - c)
                value += wa * wb * wc * d
                gx += da * wb * wc * d + wa * wb * wc * hx
                gy += wa * db * wc * d + wa * wb * wc * hy
                gz += wa * wb * dc * d + wa * wb * wc * hz
    gradient[0], gradient[1], gradient[2] = gx, gy, gz
    return value


@njit(cache=True, fastmath=True)
def _folded(nx, ny, nz, qx, qy, qz, strength, frequency, seed, g):
    """The normal bent by ridged noise on the body's surface, and how deep in a fold the point lies (0..1)."""
    f = frequency
    ridge = gradient_noise(qx * f, qy * f * 0.55, qz * f, seed, g)
    sign = -1.0 if ridge > 0 else 1.0
    gx, gy, gz = sign * g[0] * f, sign * g[1] * f * 0.55, sign * g[2] * f
    fine = f * 2.3
    gradient_noise((qx + 0.4 * qy) * fine, qy * fine * 0.8, (qz - 0.3 * qy) * fine, seed + 7, g)
    gx += 0.3 * g[0] * fine
    gy += 0.3 * g[1] * fine
    gz += 0.3 * g[2] * fine
    amount = strength / (f * 1.5)
    along = gx * nx + gy * ny + gz * nz
    nx -= amount * (gx - along * nx)
    ny -= amount * (gy - along * ny)
    nz -= amount * (gz - along * nz)
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return nx / length, ny / length, nz / length, abs(ridge)


@njit(cache=True, fastmath=True)
def _bilinear(texture, u, v, channel, linear):
    """A repeating sRGB texture, read in linear light."""
    size = texture.shape[0]
    x, y = (u - np.floor(u)) * size - 0.5, (1 - (v - np.floor(v))) * size - 0.5
    x0, y0 = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - x0, y - y0
    x1, y1, x0, y0 = (x0 + 1) % size, (y0 + 1) % size, x0 % size, y0 % size
    upper = linear[texture[y0, x0, channel]] * (1 - fx) + linear[texture[y0, x1, channel]] * fx
    lower = linear[texture[y1, x0, channel]] * (1 - fx) + linear[texture[y1, x1, channel]] * fx
    return upper * (1 - fy) + lower * fy


@njit(cache=True, fastmath=True)
def _irradiance(sh, c, x, y, z):
    """Light of nine spherical harmonics falling on a surface with normal (x, y, z), colour channel c."""
    value = sh[0, c] + sh[1, c] * y + sh[2, c] * z + sh[3, c] * x + sh[4, c] * x * y + sh[5, c] * y * z
    value += sh[6, c] * (3 * z * z - 1) + sh[7, c] * x * z + sh[8, c] * (x * x - y * y)
    return max(0.02, value)


@njit(cache=True, fastmath=True)
def _lit(shadow, to_shadow, px, py, pz, tolerance):
    """Share of a 3x3 neighbourhood in the shadow map that sees the key light."""
    sx = to_shadow[0, 0] * px + to_shadow[0, 1] * py + to_shadow[0, 2] * pz + to_shadow[0, 3]
    sy = to_shadow[1, 0] * px + to_shadow[1, 1] * py + to_shadow[1, 2] * pz + to_shadow[1, 3]
    sz = to_shadow[2, 0] * px + to_shadow[2, 1] * py + to_shadow[2, 2] * pz + to_shadow[2, 3]
    count = 0.0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            x, y = int(sx) + dx, int(sy) + dy
            outside = x < 0 or y < 0 or x >= shadow.shape[1] or y >= shadow.shape[0]
            if outside or shadow[y, x] > sz - tolerance:
                count += 1
    return count / 9.0


@njit(cache=True, fastmath=True)
def shade(visible, geometry, materials, light, occlusion):
    """Linear RGB, part label and canonical body coordinates of every pixel.

    The arguments are tuples of arrays, in the order in which render.py builds them: `visible` (triangle index, two
    barycentric weights), `geometry` (triangles, material per triangle, position, normal, texture coordinate, canonical
    position, border distance; camera at the origin), `materials` (see figure.material_arrays), `light` (spherical
    harmonics, key direction, key colour, shadow map, matrix into it, sRGB-to-linear table).
    """
    index, first, second = visible
    triangles, material, positions, normals, uv, canonical, border = geometry
    texture_of, textures, texture_scale, tint, gloss, sharpness, folds, fold_scale, fold_seed, trim, label_of = materials
    sh, key_direction, key_colour, shadow, to_shadow, linear = light
    height, width = index.shape
    image = np.zeros((height, width, 3), np.float32)
    labels = np.zeros((height, width), np.uint8)
    body = np.zeros((height, width, 3), np.float32)
    g, colour = np.zeros(3), np.zeros(3)
    for y in range(height):
        for x in range(width):
            t = index[y, x]
            if t < 0:
                continue
            i, j, k, m = triangles[t, 0], triangles[t, 1], triangles[t, 2], material[t]
            a, b = first[y, x], second[y, x]
            c = 1 - a - b
            nx = a * normals[i, 0] + b * normals[j, 0] + c * normals[k, 0]
            ny = a * normals[i, 1] + b * normals[j, 1] + c * normals[k, 1]
            nz = a * normals[i, 2] + b * normals[j, 2] + c * normals[k, 2]
            px = a * positions[i, 0] + b * positions[j, 0] + c * positions[k, 0]
            py = a * positions[i, 1] + b * positions[j, 1] + c * positions[k, 1]
            pz = a * positions[i, 2] + b * positions[j, 2] + c * positions[k, 2]
            qx = a * canonical[i, 0] + b * canonical[j, 0] + c * canonical[k, 0]
            qy = a * canonical[i, 1] + b * canonical[j, 1] + c * canonical[k, 1]
            qz = a * canonical[i, 2] + b * canonical[j, 2] + c * canonical[k, 2]
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / length, ny / length, nz / length
            length = np.sqrt(px * px + py * py + pz * pz)
            vx, vy, vz = -px / length, -py / length, -pz / length
            if nx * vx + ny * vy + nz * vz < 0:
                nx, ny, nz = -nx, -ny, -nz
            open_sky = occlusion[y, x]
            if folds[m] > 0:
                nx, ny, nz, deep = _folded(nx, ny, nz, qx, qy, qz, folds[m], fold_scale[m], fold_seed[m], g)
                open_sky *= 1 - 0.5 * folds[m] * deep
            for channel in range(3):
                colour[channel] = tint[m, channel]
            if texture_of[m] >= 0:
                u = (a * uv[i, 0] + b * uv[j, 0] + c * uv[k, 0]) * texture_scale[m]
                v = (a * uv[i, 1] + b * uv[j, 1] + c * uv[k, 1]) * texture_scale[m]
                for channel in range(3):
                    colour[channel] *= _bilinear(textures[texture_of[m]], u, v, channel, linear)
            # The border distance of cloth draws its trim; on the scalp the same field says where hair is painted.
            edge = a * border[i] + b * border[j] + c * border[k]
            label = label_of[m]
            if trim[m, 3] >= 10:
                if edge > 0.5:
                    colour[0], colour[1], colour[2], label = trim[m, 0], trim[m, 1], trim[m, 2], 1
            elif trim[m, 3] > 0:
                if edge < trim[m, 3]:
                    colour[0], colour[1], colour[2] = trim[m, 0], trim[m, 1], trim[m, 2]
                elif edge < trim[m, 3] + 0.06:
                    colour *= 0.75
            facing = nx * key_direction[0] + ny * key_direction[1] + nz * key_direction[2]
            diffuse = max(0.0, (facing + 0.25) / 1.25)
            if diffuse > 0:
                diffuse *= _lit(shadow, to_shadow, px, py, pz, 0.12)
            hx, hy, hz = vx + key_direction[0], vy + key_direction[1], vz + key_direction[2]
            length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            half = max(0.0, (nx * hx + ny * hy + nz * hz) / length)
            highlight = gloss[m] * half ** sharpness[m] * max(0.0, facing)
            rim = gloss[m] * 0.6 * (1 - max(0.0, nx * vx + ny * vy + nz * vz)) ** 4
            ambient = open_sky * 0.85 + 0.15
            for channel in range(3):
                sky = _irradiance(sh, channel, nx, ny, nz) * ambient
                key = key_colour[channel] * diffuse * (0.5 + 0.5 * open_sky)
                image[y, x, channel] = colour[channel] * (sky + key) + highlight * key_colour[channel] + rim * sky
            labels[y, x] = label
            body[y, x, 0], body[y, x, 1], body[y, x, 2] = qx, qy, qz
    return image, labels, body
