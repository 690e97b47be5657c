"""Writes the packs in this folder: networks as others would bring them, whose weights are worked out instead of trained.

`flow` says which part of the garment belongs where, as appearance-flow networks do: it lays the garment on the edit region by the first
two moments of both, then bends it once towards the region's outline. `picture` makes the finished picture from that in one
network, resampling included, as end-to-end networks do.

    pip install onnx==1.23.2 && python make.py
"""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
OPSET = 17


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


def picture_network(path, rows, columns):
    graph = Graph()
    flow = laid(graph, "region", "mask", rows, columns)
    cloth = resample(graph, "garment", flow, "border")
    covered = graph.op("Mul", "region", resample(graph, "mask", flow, "zeros"))
    graph.name(
        graph.op("Add", "person", graph.op("Mul", graph.op("Sub", cloth, "person"), covered)),
        "picture",
    )
    one, three = [1, 1, rows, columns], [1, 3, rows, columns]
    graph.save(
        path,
        [("person", three), ("garment", three), ("region", one), ("mask", one)],
        [("picture", three)],
    )


def table(kind, role, shape, numbers=None):
    lines = [f"\n[[generator.{kind}]]", f'role = "{role}"', f"shape = {shape}"]
    if numbers:
        lines += [f"scale = {numbers[0]}", f"offset = {numbers[1]}"]
    return lines


def manifest(folder, rows, columns, inputs, outputs):
    digest = hashlib.sha256((folder / "generator.onnx").read_bytes()).hexdigest()
    lines = [
        "# Written by make.py; do not edit.",
        f'name = "worked-out-{folder.name}"',
        'version = "1.0.0"',
        'licence = "Apache-2.0 OR MIT"',
        'training_data = "none: the weights are worked out"',
        "",
        "[generator]",
        'file = "generator.onnx"',
        f'sha256 = "{digest}"',
        'categories = ["tops"]',
    ]
    mask, colour = (1 / 255, 0.0), (2 / 255, -1.0)
    for role, channels in inputs:
        lines += table("inputs", role, [1, channels, rows, columns], mask if channels == 1 else colour)
    for role, channels in outputs:
        lines += table("outputs", role, [1, channels, rows, columns], colour if channels == 3 else None)
    (folder / "pack.toml").write_text("\n".join(lines) + "\n")


def main():
    for name, build, rows, inputs, outputs in [
        ("flow", flow_network, 128, [("region", 1), ("garment-mask", 1)], [("flow", 2), ("coverage", 1)]),
        (
            "picture",
            picture_network,
            256,
            [("person", 3), ("garment", 3), ("region", 1), ("garment-mask", 1)],
            [("picture", 3)],
        ),
    ]:
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        columns = rows * 3 // 4
        build(folder / "generator.onnx", rows, columns)
        manifest(folder, rows, columns, inputs, outputs)


if __name__ == "__main__":
    main()
