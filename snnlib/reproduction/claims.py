"""The claims of both papers."""

from .brainleaks import claims as brainleaks
from .mia_snn import claims as mia_snn

CLAIMS = brainleaks.CLAIMS | mia_snn.CLAIMS
