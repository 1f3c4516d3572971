# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors about the networks that a user can fix."""

from ...errors import MimicError


class ModelMissing(MimicError):
    """A network has not been fetched yet."""


class ModelAltered(MimicError):
    """A file does not have the expected SHA-256."""


class FetchFailed(MimicError):
    """A network's package could not be downloaded or read."""


class UnknownOperator(MimicError):
    """A network uses an operator, an option or a data type that the converter does not support."""

    def __init__(self, network: str, what: str) -> None:
        super().__init__(
            f"The network {network} uses {what}, which this converter does not support: "
            "use the package version in the catalogue, or update Mimic."
        )


class ConversionWrong(MimicError):
    """A converted network does not give the same results as its original."""


class UnknownNetwork(MimicError):
    """The catalogue has no network with that name."""
