"""What tests of a watch have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import need_library, need_root, need_tool
from tests.live.network import Cable, cable


@pytest.fixture
def hosts() -> Iterator[Cable]:
    """Two hosts on a cable, with real sockets."""
    need_root()
    need_tool("ip")
    with cable() as made:
        yield made


@pytest.fixture
def libraries() -> None:
    """What asks the kernel and /proc is installed."""
    for name in ("psutil", "pyroute2"):
        need_library(name)
