"""Blocks are data: they compare by content, and hold no code of any format."""

import dataclasses
from typing import get_args

import pytest

from isiceval import blocks
from isiceval.blocks import Cell, Column, Row, Table, cell_text


@pytest.mark.parametrize("kind", get_args(blocks.Block))
def test_a_block_is_frozen_and_has_slots(kind):
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_tables_of_equal_content_are_equal():
    tables = [Table(columns=(Column("A"),), rows=(Row(("x",)),)) for _ in range(2)]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("cell", ["0.5", Cell("0.5", value=0.5)])
def test_the_text_of_a_cell(cell):
    assert cell_text(cell) == "0.5"
