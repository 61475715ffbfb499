"""Every demonstration's scene, mark by mark.

After a wanted change: ``python -m tests.scene.test_golden`` writes them anew, and each picture
wants to be looked at (``python -m tests.scene FOLDER``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pcapflow.scene import scene
from tests.scene.demo import DEMOS
from tests.scene.dump import dump

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", DEMOS)
def test_scene_is_as_it_was(name: str) -> None:
    expected = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert dump(scene(*DEMOS[name](), "1.0.0")) == expected


def test_every_golden_scene_has_its_demonstration() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(DEMOS)


if __name__ == "__main__":
    for name, make in DEMOS.items():
        text = dump(scene(*make(), "1.0.0"))
        (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")
