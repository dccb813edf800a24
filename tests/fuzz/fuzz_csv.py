"""Fuzz the readers of tables: strangers' CSVs raise nothing, organisers' only errors of ours."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import atheris
from limits import run

with atheris.instrument_imports(include=["isiceval"]):
    from isiceval.checks.rules import read_rules
    from isiceval.readers.csv.table import read_table, read_truth_table
    from isiceval.scorecard import Scorecard
    from isiceval.sources.sidecars import read_groups, read_manifest, read_metadata, read_teams
    from isiceval.tasks.task import CsvFormat

import numpy as np

from isiceval.errors import IsicevalError
from isiceval.pipeline import get_task

A, B = "ISIC_0000001", "ISIC_0000002"
LAYOUTS = (
    CsvFormat(columns=("MEL", "NV"), one_class=True, warn_official=True, distribution=True),
    CsvFormat(columns=("malignant",), header="none", strict=False),
    CsvFormat(key="image_id", columns=("MEL", "NV"), header="optional", strict=False),
    CsvFormat(key="ID", columns=("CLASS",), id_pattern=r"\d+", labels=(1.0, 2.0, 3.0)),
    CsvFormat(columns=("MEL",), weights=("score_weight",), texts=("MEL",)),
)
TASK = get_task("2018/1")
PATH = Path(tempfile.mkdtemp()) / "table.csv"


def read(data: bytes) -> None:
    """Read the bytes as every table there is; what is read of a submission must be usable."""
    for layout in LAYOUTS:
        for expected in ((A, B), None):
            table, faults = read_table(data, layout=layout, name="a.csv", expected=expected)
            assert {fault.code for fault in faults} <= set(read_rules())
            assert table.values.shape == (len(table.ids), len(layout.columns))
            assert len(set(table.ids)) == len(table.ids)
            assert not np.isinf(table.values).any()
            table.compute_digest()
        with suppress(IsicevalError):
            read_truth_table(data, layout=layout, name="a.csv")
    PATH.write_bytes(data)
    with suppress(IsicevalError):
        read_teams(PATH)
    with suppress(IsicevalError):
        read_groups(PATH)
    with suppress(IsicevalError):
        read_manifest(PATH, task=TASK)
    with suppress(IsicevalError):
        read_metadata(PATH, images=[A, B], task=TASK)
    with suppress(IsicevalError):
        Scorecard.load(PATH)


def write_seeds() -> list[bytes]:
    """Write a table of each kind, plain and with what strangers' programs do to one."""
    plain = f"image,MEL,NV\n{A},0.5,0.5\n{B},1e-3,nan\n"
    tables = (
        plain,
        plain.replace(",", ";").replace(".", ","),
        plain.replace("\n", "\r"),
        f'"image";"MEL"\r\n"{A}.jpg";"0,5"\r\n# a comment',
        f"image_id,MEL,NV,\n{A},1,0,\n{A},0,1,\n",
        "ID,CLASS\n1,3\n2,inf\n",
        f"image,MEL,score_weight\n{A},1.0,0\n{B},0.0,1",
        "file,team,approach,uses_external_data,submitted_at\na.zip,=A,,yes,2018-07-01T12:00Z\n",
        f"image,group,stratum\n{A},p1,s\n{B},,s\n",
        f"image,width,height\n{A},40,30\n{B},4e9,-1\n",
        f"isic_id,age_approx,sex\n{A},50,female\n",
        "image,status,truth_pixels,jaccard,signature\n",
    )
    encoded = [table.encode() for table in tables]
    return [*encoded, plain.encode("utf-8-sig"), plain.encode("utf-16"), b"\x00,\xff\n"]


if __name__ == "__main__":
    run(read, write_seeds())
