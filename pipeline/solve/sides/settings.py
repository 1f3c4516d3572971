# SPDX-License-Identifier: GPL-3.0-or-later
"""How exchanged sides are dealt with."""

from typing import Final, Literal

SidesMode = Literal["auto", "off"]

DEFAULT_SIDES: Final[SidesMode] = "auto"
