# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the networks, and what to do about it."""

from ...errors import MimicError


class ModelMissing(MimicError):
    """A network has not been fetched yet."""


class ModelAltered(MimicError):
    """A file is not the one that its SHA-256 promises."""


class FetchFailed(MimicError):
    """A network's package could not be obtained or read."""


class UnknownOperator(MimicError):
    """A network uses an operator, an option or a data type that the converter does not know."""

    def __init__(self, network: str, what: str) -> None:
        super().__init__(
            f"The network {network} uses {what}, which this converter does not know: "
            "fetch the package version that the catalogue names, or update Mimic."
        )


class ConversionWrong(MimicError):
    """A converted network does not compute what its original computes."""


class UnknownNetwork(MimicError):
    """The catalogue has no network of that name."""
