"""``python -m benchmarks`` is ``python -m benchmarks.run``."""

import sys

from benchmarks.run import main

main(sys.argv[1:])
