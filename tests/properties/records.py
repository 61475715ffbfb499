"""`python -m tests.properties.records FILE...`: every file's records, encoded, one line each.

For comparing the compiled engine with the interpreted one: run it once with PCAPFLOW_PURE=1.
"""

from __future__ import annotations

import sys

import msgspec

from pcapflow.api import analyze
from pcapflow.errors import PcapflowError
from tests.engine.observed import groups


def records(path: str) -> bytes:
    """Connections, groups, counts and faults of one capture as JSON in one line."""
    try:
        report = analyze([path])
    except PcapflowError as error:
        return msgspec.json.encode([type(error).__name__, error.exit_code])
    fault = None if report.fault is None else str(report.fault)
    found = [
        msgspec.to_builtins(list(report.connections())),
        msgspec.to_builtins(report.info),
        sorted(map(repr, groups(report))),
        sorted(report.endings.items()),
        fault,
    ]
    return msgspec.json.encode(found)


def main() -> int:
    for path in sys.argv[1:]:
        sys.stdout.buffer.write(records(path) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
