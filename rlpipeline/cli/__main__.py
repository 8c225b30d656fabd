"""``python -m rlpipeline.cli``."""

import sys

from rlpipeline.cli import main

sys.exit(main())
