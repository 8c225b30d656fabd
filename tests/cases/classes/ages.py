import contextlib
import io

from rlpipeline.cli import main

with contextlib.redirect_stdout(io.StringIO()) as said:
    main(["classes"])
print(said.getvalue().partition("\n  duree")[0])
