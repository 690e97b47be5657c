"""Writes the packs in this folder: networks as others would bring them, whose weights are worked out instead of trained.

`flow` says which part of the garment belongs where, as appearance-flow networks do: it lays the garment on the edit region by the first
two moments of both, then bends it once towards the region's outline. `picture` makes the finished picture from that in one
network, resampling included, as end-to-end networks do. `steps` makes it out of noise, as latent diffusion does: an encoder makes a
latent of that picture (colours of two by two pixels side by side), the denoiser is the best there is for latents that are normally
distributed about it, and the decoder puts the pixels where they belong.

What each makes of the numbers of its self-test is worked out by onnxruntime.

    pip install onnx==1.23.2 && python make.py
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
OPSET = 17
# How far a clean latent is from its mean, and how much of the signal is left after each of 1,000 times of noise.
SPREAD = 0.02
BETA = (0.00085, 0.012)
KEPT = np.cumprod(1 - np.linspace(*np.sqrt(BETA), 1000) ** 2)


class Graph:
    """Nodes and constants under construction."""

    def __init__(self):
        self.nodes = []
        self.constants = []

    def constant(self, value, dtype=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def op(self, kind, *inputs, **attributes):
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def name(self, value, name):
        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def save(self, path, inputs, outputs):
        def infos(shapes):
            return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes]

        graph = helper.make_graph(self.nodes, path.stem, infos(inputs), infos(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        path.write_bytes(model.SerializeToString())


def axes(graph, rows, columns):
    """Coordinates of all columns and of all rows, -1 and 1 at the edges."""
    across = (np.arange(columns) + 0.5) / columns * 2 - 1
    down = (np.arange(rows) + 0.5) / rows * 2 - 1
    return [graph.constant(across[None, None, None]), graph.constant(down[None, None, :, None])]


def moments(graph, mask, axis):
    """Mean and spread of a mask along an axis."""

    def total(value):
        return graph.op("ReduceSum", value, graph.constant([1, 2, 3], np.int64), keepdims=1)

    mass = graph.op("Add", total(mask), graph.constant(1e-3))
    mean = graph.op("Div", total(graph.op("Mul", mask, axis)), mass)
    off = graph.op("Sub", axis, mean)
    variance = graph.op("Div", total(graph.op("Mul", mask, graph.op("Mul", off, off))), mass)
    return mean, graph.op("Sqrt", graph.op("Add", variance, graph.constant(1e-6)))


def grid(graph, flow):
    """A flow as GridSample wants it."""
    return graph.op("Transpose", graph.op("Concat", *flow, axis=1), perm=[0, 2, 3, 1])


def resample(graph, picture, flow, padding):
    return graph.op("GridSample", picture, grid(graph, flow), mode="bilinear", padding_mode=padding, align_corners=0)


def filtered(graph, value, kernel):
    kernel = np.asarray(kernel, np.float32)
    pad = kernel.shape[0] // 2
    return graph.op("Conv", value, graph.constant(kernel[None, None]), pads=[pad] * 4, kernel_shape=list(kernel.shape))


def gaussian(size, sigma):
    line = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma * sigma))
    return np.outer(line, line) / np.outer(line, line).sum()


def laid(graph, region, mask, rows, columns):
    """Where each place of the region comes from in the garment's picture."""
    flow = []
    for axis in axes(graph, rows, columns):
        (here, spread_here), (there, spread_there) = moments(graph, region, axis), moments(graph, mask, axis)
        ratio = graph.op("Div", spread_there, spread_here)
        place = graph.op("Add", graph.op("Mul", graph.op("Sub", axis, here), ratio), there)
        flow.append(graph.op("Expand", place, graph.constant([1, 1, rows, columns], np.int64)))
    # One step towards the outline (J.-P. Thirion's demons): along the gradient of what was laid, by how much it is off.
    warped = resample(graph, mask, flow, "zeros")
    off = graph.op("Sub", region, warped)
    soft = gaussian(9, 2.5)
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    bent = []
    for axis, kernel, size in zip(flow, (sobel, sobel.T), (columns, rows)):
        push = graph.op("Mul", off, filtered(graph, warped, kernel))
        smooth = filtered(graph, filtered(graph, push, soft), soft)
        bent.append(graph.op("Add", axis, graph.op("Mul", smooth, graph.constant(12.0 / size))))
    return bent


def flow_network(path, rows, columns):
    graph = Graph()
    flow = laid(graph, "region", "mask", rows, columns)
    graph.nodes.append(helper.make_node("Concat", flow, ["flow"], axis=1))
    graph.name(graph.op("Clip", "region", graph.constant(0.0), graph.constant(1.0)), "coverage")
    one = [1, 1, rows, columns]
    graph.save(path, [("region", one), ("mask", one)], [("flow", [1, 2, rows, columns]), ("coverage", one)])


def dressed(graph, rows, columns):
    """The person in the garment."""
    flow = laid(graph, "region", "mask", rows, columns)
    cloth = resample(graph, "garment", flow, "border")
    covered = graph.op("Mul", "region", resample(graph, "mask", flow, "zeros"))
    return graph.op("Add", "person", graph.op("Mul", graph.op("Sub", cloth, "person"), covered))


def picture_network(path, rows, columns):
    graph = Graph()
    graph.name(dressed(graph, rows, columns), "picture")
    one, three = [1, 1, rows, columns], [1, 3, rows, columns]
    graph.save(
        path,
        [("person", three), ("garment", three), ("region", one), ("mask", one)],
        [("picture", three)],
    )


def side_by_side():
    """Kernels that put the four pixels of a square into channels: [channel of the latent, colour, row, column]."""
    kernels = np.zeros((12, 3, 2, 2), np.float32)
    for channel in range(12):
        colour, square = divmod(channel, 4)
        kernels[channel, colour, square // 2, square % 2] = 1
    return kernels


def encoder_network(path, rows, columns):
    graph = Graph()
    picture = dressed(graph, rows, columns)
    kernels = graph.constant(side_by_side())
    graph.name(graph.op("Conv", picture, kernels, kernel_shape=[2, 2], strides=[2, 2]), "wanted")
    one, three = [1, 1, rows, columns], [1, 3, rows, columns]
    graph.save(
        path,
        [("person", three), ("garment", three), ("region", one), ("mask", one)],
        [("wanted", latent(rows, columns))],
    )


def denoiser_network(path, rows, columns):
    graph = Graph()
    time = graph.op("Cast", "time", to=TensorProto.INT64)
    variance = graph.op("Gather", graph.constant(KEPT), time)
    rest = graph.op("Sub", graph.constant(1.0), variance)
    signal, noise = graph.op("Sqrt", variance), graph.op("Sqrt", rest)
    # The mean of what a noisy number may have been: its prior mean, and of what it is off by the share that its prior explains.
    prior = graph.constant(SPREAD**2)
    explained = graph.op("Mul", prior, signal)
    gain = graph.op("Div", explained, graph.op("Add", graph.op("Mul", explained, signal), rest))
    off = graph.op("Sub", "sample", graph.op("Mul", signal, "wanted"))
    clean = graph.op("Add", "wanted", graph.op("Mul", gain, off))
    graph.name(graph.op("Div", graph.op("Sub", "sample", graph.op("Mul", signal, clean)), noise), "noise")
    shape = latent(rows, columns)
    graph.save(path, [("sample", shape), ("time", [1, 1, 1, 1]), ("wanted", shape)], [("noise", shape)])


def decoder_network(path, rows, columns):
    graph = Graph()
    kernels = graph.constant(side_by_side())
    graph.name(graph.op("ConvTranspose", "sample", kernels, kernel_shape=[2, 2], strides=[2, 2]), "picture")
    graph.save(path, [("sample", latent(rows, columns))], [("picture", [1, 3, rows, columns])])


def latent(rows, columns):
    return [1, 12, rows // 2, columns // 2]


MASK, COLOUR = (1 / 255, 0.0), (2 / 255, -1.0)
PICTURES = {"person": 3, "agnostic": 3, "garment": 3, "garment-mask": 1, "region": 1}


def by_rule(role, shape, numbers):
    """What a self-test tells an input: as `Asked::ask_by_rule` has it."""
    plane, row, column = np.meshgrid(*map(np.arange, shape[1:]), indexing="ij")
    across, down = (column + 0.5) / shape[3], (row + 0.5) / shape[2]
    ramps = ((down + (plane + 1) * across / 2) % 1).astype(np.float32)[None]
    if role == "time":
        return np.full(shape, 500, np.float32)
    if role not in PICTURES:
        return ramps * 2 - 1
    scale, offset = np.float32(numbers)
    return ramps * np.float32(255) * scale + offset


def means(file, inputs):
    """The mean of the upper left quarter of each plane that the network makes of its self-test's numbers."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    told = [by_rule(entry["role"], entry["shape"], entry.get("numbers")) for entry in inputs]
    names = [value.name for value in session.get_inputs()]
    answers = session.run(None, dict(zip(names, told)))
    quarters = [answer[0, :, : answer.shape[2] // 2, : answer.shape[3] // 2] for answer in answers]
    return [float(mean) for quarter in quarters for mean in quarter.mean(axis=(1, 2), dtype=np.float64)]


def shown(role, rows, columns):
    channels = PICTURES[role]
    return {"role": role, "shape": [1, channels, rows, columns], "numbers": MASK if channels == 1 else COLOUR}


def made(role, shape, numbers=None):
    return {"role": role, "shape": shape} | ({"numbers": numbers} if numbers else {})


def network(table, folder, file, inputs, outputs, is_one_of_many=False):
    """The lines of a network's table."""
    path = folder / file
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [
        f"\n[[{table}]]" if is_one_of_many else f"\n[{table}]",
        f'file = "{file}"',
        f'sha256 = "{digest}"',
    ]
    for kind, entries in [("inputs", inputs), ("outputs", outputs)]:
        for entry in entries:
            lines += [f"\n[[{table}.{kind}]]", f'role = "{entry["role"]}"', f"shape = {entry['shape']}"]
            lines += [f'name = "{entry["name"]}"'] if "name" in entry else []
            lines += ["dropped = true"] if entry.get("dropped") else []
            if "numbers" in entry:
                lines += [f"scale = {entry['numbers'][0]}", f"offset = {entry['numbers'][1]}"]
    found = ", ".join(f"{mean:.5f}" for mean in means(path, inputs))
    return lines + [f"\n[{table}.self_test]", "tolerance = 0.001", f"means = [{found}]"]


def write(folder, lines):
    head = [
        "# Written by make.py; do not edit.",
        f'name = "worked-out-{folder.name}"',
        'version = "1.0.0"',
        'licence = "Apache-2.0 OR MIT"',
        'training_data = "none: the weights are worked out"',
    ]
    (folder / "pack.toml").write_text("\n".join(head + lines) + "\n")


def once(name, build, rows, inputs, outputs):
    """A pack with one network."""
    folder, columns = HERE / name, rows * 3 // 4
    folder.mkdir(exist_ok=True)
    build(folder / "generator.onnx", rows, columns)
    lines = network("generator", folder, "generator.onnx", [shown(role, rows, columns) for role in inputs], outputs(rows, columns))
    write(folder, lines[:3] + ['categories = ["tops"]'] + lines[3:])


def steps(rows, columns):
    """The pack whose networks are asked step by step."""
    folder, shape = HERE / "steps", latent(rows, columns)
    folder.mkdir(exist_ok=True)
    for name, build in [("encoder", encoder_network), ("denoiser", denoiser_network), ("decoder", decoder_network)]:
        build(folder / f"{name}.onnx", rows, columns)
    sample, wanted = made("sample", shape), made("encoded", shape) | {"name": "wanted"}
    lines = [
        "",
        "[diffusion]",
        'categories = ["tops"]',
        'predicts = "noise"',
        "steps = 12",
        "fast_steps = 4",
        "guidance = 1.0",
        "",
        "[diffusion.levels]",
        'kind = "scaled-linear"',
        "times = 1000",
        f"beta = [{BETA[0]}, {BETA[1]}]",
    ]
    told = [shown(role, rows, columns) for role in ("person", "garment", "region", "garment-mask")]
    lines += network("diffusion.encoders", folder, "encoder.onnx", told, [wanted], is_one_of_many=True)
    told = [sample, made("time", [1, 1, 1, 1]), wanted | {"dropped": True}]
    lines += network("diffusion.denoiser", folder, "denoiser.onnx", told, [made("prediction", shape)])
    picture = made("picture", [1, 3, rows, columns], COLOUR)
    lines += network("diffusion.decoder", folder, "decoder.onnx", [sample], [picture])
    write(folder, lines)


def main():
    def flow(rows, columns):
        return [made("flow", [1, 2, rows, columns]), made("coverage", [1, 1, rows, columns])]

    def picture(rows, columns):
        return [made("picture", [1, 3, rows, columns], COLOUR)]

    once("flow", flow_network, 128, ["region", "garment-mask"], flow)
    once("picture", picture_network, 256, ["person", "garment", "region", "garment-mask"], picture)
    steps(256, 192)


if __name__ == "__main__":
    main()
