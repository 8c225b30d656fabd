"""The checks that a publication goes through, in the order of the audit's page, and the French rule that each holds."""

from collections.abc import Mapping

from rlpipeline.settings.strict_yaml import packaged

CHECKS: Mapping[str, str] = packaged("controles.yml")
