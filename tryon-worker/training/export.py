"""Writes trained weights as ONNX: opset 17, fixed shapes, float32, one file.

    python export.py person WEIGHTS.pt OUT.onnx
"""

import argparse
import hashlib
import importlib
from pathlib import Path
from types import ModuleType

import onnx
import onnxruntime
import torch


def export(network: torch.nn.Module, input_shape: tuple[int, ...], out: Path) -> None:
    """Exports `network` (in evaluation mode) and checks the file against PyTorch on a random input."""
    network.exporting = True
    network.eval()
    example = torch.rand(input_shape) * 2 - 1
    torch.onnx.export(
        network,
        example,
        str(out),
        opset_version=17,
        input_names=["image"],
        output_names=list(network.outputs),
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(out))
    with torch.no_grad():
        expected = network(example)
    actual = onnxruntime.InferenceSession(str(out)).run(None, {"image": example.numpy()})
    for name, theirs, ours in zip(network.outputs, actual, expected):
        difference = float(abs(theirs - ours.numpy()).max())
        if difference > 1e-3:
            raise SystemExit(f"{name}: ONNX and PyTorch differ by {difference}")


def input_shape(network: ModuleType) -> tuple[int, ...]:
    """Of a network's module: of pictures in RGB, or of what it says."""
    return (1, *getattr(network, "INPUT_SHAPE", (3, *getattr(network, "INPUT_SIZE", ()))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=("person", "garment", "settling", "harmoniser"))
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    module = importlib.import_module(f"{arguments.network}_net")
    network = importlib.import_module(f"{arguments.network}_task").Network()
    network.load_state_dict(torch.load(arguments.weights))
    export(network, input_shape(module), arguments.out)
    data = arguments.out.read_bytes()
    operators = sorted({node.op_type for node in onnx.load(arguments.out).graph.node})
    print(f"{arguments.out}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    print("operators:", ", ".join(operators))


if __name__ == "__main__":
    main()
