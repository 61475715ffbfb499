"""Executes a notebook from the repository's root, in a kernel of the running interpreter.

The kernel is spoken to through sockets in a folder, not through ports; neither installed kernels
nor a user's profile play a part.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
NOTEBOOKS = tuple(sorted((ROOT / "notebooks").glob("*.ipynb")))
_SECONDS = 120  # for one cell


def read(path: Path) -> Any:
    """A notebook as nbformat has it."""
    import nbformat

    return nbformat.read(path, as_version=4)


def executed(path: Path) -> Any:
    """The notebook with new outputs; CellExecutionError where a cell fails."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, IPYTHONDIR=folder, JUPYTER_RUNTIME_DIR=folder),
    ):
        return asyncio.run(_execute(read(path), os.path.join(folder, "kernel")))


async def _execute(notebook: Any, socket: str) -> Any:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    specs = KernelSpecManager(kernel_dirs=[])  # so that python3 is this very interpreter
    manager = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=specs, transport="ipc", ip=socket
    )
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=_SECONDS,
        record_timing=False,
        resources={"metadata": {"path": str(ROOT)}},
    )
    try:
        return await client.async_execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        await manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
