from pathlib import Path

for path in sorted(Path("/tmp").glob("rlpipeline-curieux-*.txt")):
    print(path.stem, path.read_text(encoding="utf-8"), sep="\n")
    path.unlink()
