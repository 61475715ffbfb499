"""``python -m pcapflow``: the same as the ``pcapflow`` command."""

import sys

from pcapflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
