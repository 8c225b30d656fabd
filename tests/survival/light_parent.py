"""The parent of the kernels with fewer libraries, so that hundreds of builds are started in minutes."""

from __future__ import annotations

import sys

from rlpipeline.execution.kernels import forkserver

if __name__ == "__main__":
    forkserver.PRELOADED = ("ipykernel.ipkernel", "ipykernel.kernelapp")
    forkserver.main(int(sys.argv[1]), int(sys.argv[2]))
