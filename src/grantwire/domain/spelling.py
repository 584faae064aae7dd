"""Spelling: "did you mean …?" for a word that is not known.

In: a word and the words that would do. Out: a sentence for a problem's hint. Never: a correction nobody asked for.
"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """`Did you mean RequestCreated?`, or `otherwise` when nothing comes close. Case is no difference."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean {by_folded[close[0]]}?" if close else otherwise
