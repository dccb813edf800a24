import pytest

from isiceval.model import Size
from isiceval.readers.format import Decoded
from isiceval.readers.registry import FORMATS


def test_problems_are_added_after_those_there_are():
    found = Decoded(size=Size(2, 3)).add("damaged-png", "one", "two").add("odd-chunks", "three")
    assert found.size == Size(2, 3)
    assert found.problems == (
        ("damaged-png", "one"),
        ("damaged-png", "two"),
        ("odd-chunks", "three"),
    )
    assert found.add("damaged-png") == found


@pytest.mark.parametrize(("name", "module"), FORMATS.items())
def test_every_format_follows_the_protocol(name, module):
    assert name == module.NAME
    assert isinstance(module.LENIENT, bool)
    assert module.sniff(b"") in (True, False)
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 junk"):
        assert module.read_header(data).size is None
        found = module.read(data, expected=None, lenient=True)
        assert (found.bits, found.grey) == (None, None)
        assert found.problems
