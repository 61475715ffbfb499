"""`python -m tests.benchmarks`."""

import sys

from tests.benchmarks.compare import main

sys.exit(main())
