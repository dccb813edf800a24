"""Measure how time grows with the bytes of what strangers send: each family is doubled.

A ratio near 2 is linear time, one near 4 grows with the square: those above 3 are marked.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from isiceval.checks.rules import complete_problems
from isiceval.model import Validation
from isiceval.pipeline import get_task, validate
from isiceval.readers.csv.table import read_table
from isiceval.readers.mask import MaskRules, read_mask
from isiceval.readers.superpixels import read_superpixels
from isiceval.reports.json import write_json
from isiceval.reports.markdown import render_markdown
from isiceval.reports.registry import describe

sys.path.append(str(Path(__file__).parents[1] / "readers"))
import png_writer

IDS = [f"ISIC_{k:07d}" for k in range(1000)]
HEADER = b"image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n"
ROWS = "".join(f"{image},0.1,0.2,0.1,0.1,0.1,0.3,0.1\n" for image in IDS).encode()
FEATURES = ("globules", "milia_like_cyst", "negative_network", "pigment_network", "streaks")
SUSPECT = 3.0
Families = Mapping[str, Callable[[int], bytes]]

TABLES: Families = {
    "a number": lambda n: b"a," + b"1" * n + b"x\n",
    "an id of digits": lambda n: b"1" * n + b",0.5\n",
    "an id with points": lambda n: HEADER + b"0." * (n // 2) + b"x,1\n",
    "an id of zeros": lambda n: HEADER + b"0." + b"0" * n + b"x,1\n",
    "an id of blanks": lambda n: HEADER + b" " * n + b"x" + b" " * n + b",1\n",
    "a confidence of digits": lambda n: HEADER + IDS[0].encode() + b",0." + b"1" * n + b"\n",
    "a confidence of thousands": lambda n: HEADER + b'ISIC_0000000,"1' + b",000" * n + b'x"\n',
    "unnamed columns": lambda n: b"image" + b",unnamed: 7" * (n // 11) + b"\n" + ROWS,
    "empty columns": lambda n: b"image" + b"," * n + b"\n" + ROWS,
    "columns nearly right": lambda n: b"image" + b",AKIE" * (n // 5) + b"\n" + ROWS,
    "columns of other names": lambda n: b",".join(b"%d" % k for k in range(n // 6)) + b"\n" + ROWS,
    "the same column": lambda n: b"image" + b",MEL" * (n // 4) + b"\n" + ROWS,
    "a long column": lambda n: b"image," + b"MEL" * (n // 3) + b"\n" + ROWS,
    "rows of other lengths": lambda n: (
        HEADER + b"\n".join(b"a" + b",1" * k for k in range(int(n**0.5)))
    ),
    "ids not asked for": lambda n: HEADER + b"".join(b"x%d,1\n" % k for k in range(n // 8)),
    "the same id": lambda n: HEADER + b"ISIC_0000000,1\n" * (n // 15),
    "ids with an extension": lambda n: (
        HEADER + b"".join(b"ISIC_%07d.jpg,1\n" % k for k in range(n // 19))
    ),
    "cells of text": lambda n: HEADER + b"ISIC_0000000,a,b,c,d,e,f,g\n" * (n // 27),
    "comments": lambda n: HEADER + b"#\n" * (n // 2) + ROWS,
    "blank lines": lambda n: HEADER + b"\n" * n + ROWS,
    "quotation marks": lambda n: HEADER + b'"' * (n | 1) + b"\n" + ROWS,
    "quoted lines": lambda n: HEADER + b'"a\n' * (n // 3) + ROWS,
    "carriage returns": lambda n: HEADER + b"\r" * n + ROWS,
    "bytes that are not UTF-8": lambda n: HEADER + b"\xff" * n + b"\n" + ROWS,
    "semicolons": lambda n: HEADER.replace(b",", b";") + b"ISIC_0000000;0,5\n" * (n // 17),
    "zero bytes": lambda n: HEADER + ROWS + b"\0" * n,
}


def join_keys(keys: list[str]) -> bytes:
    """Write keys, each with an empty list, as a JSON object."""
    return ("{" + ",".join(f'"{key}":[]' for key in keys) + "}").encode()


OBJECTS: Families = {
    "unknown keys": lambda n: join_keys([f"x{k}" for k in range(n // 12)]),
    "keys nearly right": lambda n: join_keys([f"pigment_net{k}" for k in range(n // 22)]),
    "the same key": lambda n: join_keys(["globules"] * (n // 14)),
    "keys twice": lambda n: join_keys([f"x{k // 2}" for k in range(n // 12)]),
    "a long key": lambda n: join_keys(["globules" * (n // 8)]),
    "an array of texts": lambda n: json.dumps({"globules": ["a"] * (n // 5)}).encode(),
    "an array of numbers": lambda n: json.dumps({"globules": [0.5] * (n // 5)}).encode(),
    "an array of nulls": lambda n: json.dumps({"globules": [None] * (n // 6)}).encode(),
    "a text of digits": lambda n: json.dumps({"globules": ["1" * n]}).encode(),
    "a number of digits": lambda n: b'{"globules":[' + b"1" * n + b"]}",
    "deep nesting": lambda n: b"[" * n,
}


def write_scans(n: int) -> bytes:
    """Write a JPEG whose last scan, of a few bytes, is there many times."""
    out = io.BytesIO()
    Image.fromarray(np.zeros((1024, 1024), np.uint8)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (n // len(last)) + data[-2:]


def write_chunks(n: int, kind: bytes, size: int) -> bytes:
    """Write a PNG with many small chunks of a kind before its end."""
    out = io.BytesIO()
    Image.fromarray(np.zeros((1024, 1024), np.uint8)).save(out, "PNG")
    *chunks, end = png_writer.split(out.getvalue())
    return png_writer.join([*chunks, *[(kind, b"a\0" + b"x" * size)] * (n // (14 + size)), end])


IMAGES: Families = {
    "JPEG, scans": write_scans,
    "JPEG, padding": lambda n: b"\xff\xd8" + b"\xff" * n,
    "JPEG, segments": lambda n: b"\xff\xd8" + b"\xff\xe1\0\2" * (n // 4),
    "PNG, texts": lambda n: write_chunks(n, b"tEXt", 2),
    "PNG, pieces of data": lambda n: write_chunks(n, b"IDAT", 0),
    "PNG, unknown chunks": lambda n: write_chunks(n, b"isEV", 0),
    "TIFF": lambda n: b"II*\0\x08\0\0\0" + b"\xff" * n,
    "GIF": lambda n: b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\1a\0" * (n // 5),
}


def write_zip(names: list[str]) -> bytes:
    """Write a zip of files of one byte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


ARCHIVES: Families = {
    "zip, masks": lambda n: write_zip([f"{IDS[0][:-5]}{k:05d}.png" for k in range(n // 130)]),
    "zip, other names": lambda n: write_zip([f"{k}.txt" for k in range(n // 110)]),
    "zip, folders": lambda n: write_zip([f"{k}/ISIC_0000000.png" for k in range(n // 140)]),
    "zip, junk": lambda n: write_zip([f"{k}/.DS_Store" for k in range(n // 130)]),
}


def check_table(data: bytes) -> None:
    """Read a table, complete its problems and write them."""
    layout = get_task("2018/3").table
    assert layout is not None
    report(read_table(data, layout=layout, name="a.csv", expected=IDS)[1])


def check_object(data: bytes) -> None:
    """Read a superpixel JSON."""
    report(read_superpixels(data, features=FEATURES, name="a.json", n_expected=1000)[1])


def check_image(data: bytes) -> None:
    """Read a mask leniently."""
    rules = MaskRules(lenient=True)
    info, _ = read_mask(data, image=IDS[0], name="a.png", rules=rules)
    report(info.problems)


def check_archive(data: bytes) -> None:
    """Check a zip."""
    with TemporaryDirectory() as folder:
        path, manifest = Path(folder, "a.zip"), Path(folder, "manifest.csv")
        path.write_bytes(data)
        manifest.write_text("image,width,height\n" + "".join(f"{image},1,1\n" for image in IDS))
        validation = validate("2018/1", prediction=path, manifest=manifest, workers=1)
    report(validation.problems)


def report(problems: tuple[object, ...]) -> None:
    """Write problems as they are shown."""
    completed = complete_problems(problems)  # type: ignore[arg-type]  # of one kind, by each reader
    empty = Validation(task="2018/1", submission="a", form="file", n_expected=1, n_matched=0)
    validation = replace(empty, problems=completed)
    write_json(validation)
    render_markdown(describe(validation))


def main() -> int:
    """Measure every family, double and double again, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bytes", type=int, default=200_000, help="of the smallest of a family")
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--only", default="", help="families with this in their name")
    chosen = parser.parse_args()
    sizes = [chosen.bytes << k for k in range(chosen.doublings + 1)]
    table = Table("family", "bytes", "seconds of each", "last ratio", "us a byte")
    slow = 0
    kinds = ((TABLES, check_table), (OBJECTS, check_object), (IMAGES, check_image))
    for families, check in (*kinds, (ARCHIVES, check_archive)):
        check(next(iter(families.values()))(1000))  # what is loaded on first use
        for name, make in families.items():
            if chosen.only not in name:
                continue
            taken = []
            for size in sizes:
                data = make(size)
                start = time.process_time()
                check(data)
                taken.append(time.process_time() - start)
            ratio = taken[-1] / max(taken[-2], 1e-9)
            suspect = ratio > SUSPECT and taken[-1] > 0.05
            slow += suspect
            seconds = " ".join(f"{t:.3f}" for t in taken)
            mark = "  (!)" if suspect else ""
            cost = f"{1e6 * taken[-1] / len(data):.2f}"
            table.add_row(name, f"{len(data):,}", seconds, f"{ratio:.1f}{mark}", cost)
    Console(width=110).print(table)
    return int(slow > 0)


if __name__ == "__main__":
    raise SystemExit(main())
