"""``python -m rlpipeline``."""

import sys

from rlpipeline.cli import main

sys.exit(main())
