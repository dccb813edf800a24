"""isiceval manifest."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from isiceval.cli import options


@click.command(
    epilog=options.format_examples(
        "isiceval manifest 2018/1 --images ISIC2018_Test_Input/ -o sizes.csv",
    )
)
@options.task_argument
@options.truth
@click.option("--images", type=options.PATH, help="Folder or .zip of the dermoscopic images.")
@click.option(
    "--output", "-o", type=click.Path(), metavar="FILE", default="-", help="CSV; - to print it."
)
def manifest(task: str, *, truth: Path | None, images: Path | None, output: str) -> None:
    """Write the ids and sizes of all images to a CSV, for isiceval validate --manifest."""
    from isiceval import pipeline
    from isiceval.reports.registry import write_output

    write_output(output, pipeline.write_manifest(task, truth=truth, images=images))
