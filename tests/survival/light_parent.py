"""The server that forks chapters with fewer libraries, so that hundreds of builds are started in minutes."""

from __future__ import annotations

from rlpipeline import processes
from rlpipeline.execution import chapter_process

if __name__ == "__main__":
    chapter_process.PRELOADED, chapter_process.WARMING = (), "1 + 1"
    processes.main()
