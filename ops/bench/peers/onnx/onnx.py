"""How long onnxruntime takes for one look of a network: `onnx.py LOOKS THREADS MODEL [MODEL ...]`, a JSON list of milliseconds each."""

import json
import sys
import time

import numpy as np
import onnxruntime as ort

looks, threads = int(sys.argv[1]), int(sys.argv[2])
found = []
for path in sys.argv[3:]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    asked = session.get_inputs()[0]
    picture = np.zeros(asked.shape, np.float32)
    for _ in range(3):
        session.run(None, {asked.name: picture})
    times = []
    for _ in range(looks):
        since = time.perf_counter()
        session.run(None, {asked.name: picture})
        times.append((time.perf_counter() - since) * 1e3)
    found.append(times)
print(json.dumps(found))
