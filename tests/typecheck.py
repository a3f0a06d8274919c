"""The run-time check of shapes and types in the package's signatures: whole numbers count as floats."""

from beartype import BeartypeConf, beartype

checker = beartype(conf=BeartypeConf(is_pep484_tower=True))
