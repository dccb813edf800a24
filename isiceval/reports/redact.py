"""What an organiser may pass on: scores and a team's own faults, and nothing of the truth."""

from __future__ import annotations

from dataclasses import replace

from isiceval.kinds.registry import read_signature, write_signature
from isiceval.model import Leaderboard, Problem, Standing
from isiceval.scorecard import Scorecard


def redact_scorecard(scorecard: Scorecard, *, cases: bool = False) -> Scorecard:
    """Keep aggregates, problems and what the team sent; leave out all that tells of the truth.

    Left out are the pixel counts of every image, how many cases were undefined (that is, how
    many truth masks are empty), the digest of the truth, also in the signature, and unless
    ``cases`` the values of single images, and with them which is the worst. Of a table, whose
    confidences the team knows, also the truth and the weight of each case, whether it is
    correct, and the curves, from which both could be read.
    """
    return replace(
        scorecard,
        measured=scorecard.measured.redact(values=cases),
        undefined={},
        rocs={},
        truth_digest="",
        signature=_redact_signature(scorecard.signature),
    )


def _redact_signature(signature: str) -> str:
    choices: dict[str, object] = {**read_signature(signature)}
    choices.pop("truth", None)
    return write_signature(**choices)


def redact_leaderboard(board: Leaderboard) -> Leaderboard:
    """Keep the standings; leave out notes, the digest of the truth and what is wrong with files."""
    standings = tuple(map(_redact_standing, board.standings))
    return replace(board, truth_digest="", standings=standings, notes=())


def _redact_standing(standing: Standing) -> Standing:
    return replace(
        standing,
        problems=tuple(map(_redact_problem, standing.problems)),
        signature=_redact_signature(standing.signature),
    )


def _redact_problem(problem: Problem) -> Problem:
    """Keep the code: the rest names files, and is for their team alone."""
    return replace(problem, where="", detail="", fix="")
