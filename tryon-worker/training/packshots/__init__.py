"""Random packshots with exact labels, laid by the painter of the demo pictures (`../demo`). Start at `sampler.Gen`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "demo"))
