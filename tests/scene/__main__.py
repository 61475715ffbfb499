"""Paints all demonstrations, to be looked at: python -m tests.scene FOLDER [NAME...]"""

import sys
from pathlib import Path

from pcapflow.draw import write
from pcapflow.scene import scene
from tests.scene.demo import DEMOS

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name in sys.argv[2:] or DEMOS:
    write(scene(*DEMOS[name](), "1.0.0"), folder / f"{name}.png")
    print(folder / f"{name}.png")
