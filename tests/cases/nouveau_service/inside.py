import os

from rlpipeline.cli import main

os.chdir("mon-service")
main(["check"])
