"""What regenerates every table and figure of both papers, built on the library."""

import importlib.util
import os
from pathlib import Path

# What matplotlib reads when it is imported: its own settings, as a reader's may be of another use, or encoding.
if spec := importlib.util.find_spec("matplotlib"):
    os.environ["MATPLOTLIBRC"] = str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")
