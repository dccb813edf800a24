"""Small photos of single cases of a table, found by the id of the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from isiceval.errors import IsicevalError
from isiceval.kinds.overlays import encode_picture, require_photos, shrink_photo
from isiceval.label_insight import Thumbnail
from isiceval.readers.registry import read_size
from isiceval.sources.container import Container
from isiceval.sources.expected import IMAGE_EXTENSIONS
from isiceval.sources.limits import ReadError

LONGEST_SIDE = 320
EXTRA = "_downsampled"


def draw_thumbnails(
    photos: Container, chosen: Iterable[str], *, known: Iterable[str]
) -> dict[str, Thumbnail]:
    """Draw the photos of the chosen cases, as far as they are there and can be read.

    A photo belongs to the case whose id is its name without extension, or the name of its
    folder where a case has several photos, of which the first is taken. Raises IsicevalError
    where none belongs to any known case.
    """
    require_photos(photos)
    files = _index(photos.names, {case.casefold(): case for case in known})
    if not files:
        raise IsicevalError(f"the images {photos.name} hold no file named after an id of the truth")
    drawn = {case: _draw(photos, files[case]) for case in chosen if case in files}
    return {case: thumbnail for case, thumbnail in drawn.items() if thumbnail is not None}


def _index(names: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Map ids to files: one named after the case itself goes before those in its folder."""
    own: dict[str, str] = {}
    within: dict[str, str] = {}
    for name in sorted(names):
        path, _, base = name.rpartition("/")
        stem, _, extension = base.rpartition(".")
        if extension.lower() not in IMAGE_EXTENSIONS:
            continue
        folded = stem.casefold()
        case = known.get(folded) or known.get(folded.removesuffix(EXTRA))
        if case is not None:
            own.setdefault(case, name)
        elif (case := known.get(path.rpartition("/")[2].casefold())) is not None:
            within.setdefault(case, name)
    return within | own


def _draw(photos: Container, name: str) -> Thumbnail | None:
    try:
        data = photos.read(name)
        size = read_size(data)
        if size is None:
            return None
        factor = min(1.0, LONGEST_SIDE / max(size.width, size.height))
        target = max(1, round(size.width * factor)), max(1, round(size.height * factor))
        content = encode_picture(shrink_photo(data, target))
    except (ReadError, OSError, ValueError, SyntaxError):
        return None
    return Thumbnail(content=content, width=target[0], height=target[1])
