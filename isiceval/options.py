"""The arguments and options that commands of the command line share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

TaskArgument = Annotated[
    str, typer.Argument(metavar="TASK", help="Task id such as 2018/1, or a task file (.toml).")
]
TaskFile = Annotated[
    Path | None,
    typer.Option(
        "--task", metavar="FILE", help="Task file of your own data set, in place of TASK."
    ),
]
SubmissionArgument = Annotated[
    str | None,
    typer.Argument(metavar="SUBMISSION", help="Folder or .zip of predicted masks."),
]
Truth = Annotated[Path, typer.Option(help="Folder or .zip of ground-truth masks.")]
Profile = Annotated[
    str | None, typer.Option(help="Score as another code did; see [b]isiceval tasks TASK[/b].")
]
Lenient = Annotated[
    bool,
    typer.Option("--lenient", help="Also read JPEG, RGB, palette, 0/1 and 16-bit masks."),
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Processes to use; chosen by default.")
]
Missing = Annotated[
    Literal["refuse", "zero"],
    typer.Option(help="What to do with images not sent: refuse, or score them as failures."),
]
Checks = Annotated[
    Literal["all", "fast"], typer.Option(help="[b]all[/b] also counts regions and holes.")
]
CsvFile = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="Write a CSV; - for standard output.")
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write JSON; - for standard output.")
]
MarkdownFile = Annotated[
    str | None,
    typer.Option("--markdown", metavar="FILE", help="Write Markdown; - for standard output."),
]
HtmlFile = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Write a page (HTML); - for standard output."),
]
Images = Annotated[
    Path | None,
    typer.Option(help="Folder or .zip of the dermoscopic images, for the pictures of --html."),
]
Metadata = Annotated[
    Path | None,
    typer.Option(help="CSV of image ids and facts (age, sex, ...), for the groups of --html."),
]
