"""Texts made comparable: normalization, statements, word keys, terms, typos, negation."""

from grader.text.analysis import Analyzer, Text, Token, Unit
from grader.text.language import Language, Word, fold, language
from grader.text.normalize import Normalized, normalize
from grader.text.sentences import split_sentences
from grader.text.spelling import Spelling, allowed_edits
from grader.text.terms import TermLexicon, bundled_terms

__all__ = [
    "Analyzer",
    "Language",
    "Normalized",
    "Spelling",
    "TermLexicon",
    "Text",
    "Token",
    "Unit",
    "Word",
    "allowed_edits",
    "bundled_terms",
    "fold",
    "language",
    "normalize",
    "split_sentences",
]
