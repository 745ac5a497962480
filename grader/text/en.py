"""English."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from grader.text.language import Language, Word

__all__ = ["LANGUAGE"]

_PREDICATES = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "am",
        "has",
        "have",
        "had",
        "does",
        "do",
        "did",
        "can",
        "could",
        "will",
        "would",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "means",
        "mean",
        "gives",
        "give",
        "makes",
        "make",
        "uses",
        "use",
        "takes",
        "take",
        "lets",
        "let",
        "gets",
        "get",
        "goes",
        "go",
        "becomes",
        "become",
        "shows",
        "show",
        "needs",
        "need",
        "helps",
        "help",
        "works",
        "work",
        "learns",
        "learn",
        "depends",
        "depend",
        "contains",
        "contain",
        "returns",
        "return",
        "computes",
        "compute",
        "measures",
        "measure",
        "keeps",
        "keep",
        "turns",
        "turn",
        "allows",
        "allow",
        "grows",
        "grow",
        "stays",
        "stay",
        "leads",
        "lead",
        "causes",
        "cause",
        "reduces",
        "reduce",
        "increases",
        "increase",
        "equals",
        "equal",
        "happens",
        "happen",
        "adds",
        "add",
        "runs",
        "run",
        "splits",
        "split",
        "updates",
        "update",
        "stores",
        "store",
    ]
)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=1 << 16)
def _analyse(folded: str) -> Word:
    predicate = folded in _PREDICATES or folded.endswith(("n't", "'s", "'re"))
    return Word(folded, str(_stemmer().stemWord(folded)), predicate, None)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _axes(text: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    axes = []
    for line in text.strip().splitlines():
        left, right = line.split("<>")
        axes.append((tuple(left.split()), tuple(right.split())))
    return tuple(axes)


LANGUAGE = Language(
    code="en",
    analyse=_analyse,
    stopwords=_words(
        """
        a about above after again all also am an and any are as at be because been before being
        below between both but by can could did do does doing done down during each either else etc
        even every few for from further had has have having he her here hers him his how however i
        if in into is it it's its itself just let like many may me might more most much must my no
        nor not now of off often on once one only or other our out over own per rather same she
        should since so some such than that the their them then there these they this those through
        thus to too under until up upon us very via was we were what when where whether which while
        who whom why will with within without would yet you your isn't aren't don't doesn't
        didn't won't can't cannot couldn't shouldn't wouldn't wasn't weren't hasn't haven't e g i s
        """
    ),
    negators={
        "not": 3,
        "no": 2,
        "never": 3,
        "without": 2,
        "cannot": 3,
        "neither": 2,
        "nor": 2,
        "hardly": 2,
        "isn't": 3,
        "aren't": 3,
        "don't": 3,
        "doesn't": 3,
        "didn't": 3,
        "won't": 3,
        "can't": 3,
        "couldn't": 3,
        "shouldn't": 3,
        "wouldn't": 3,
        "wasn't": 3,
        "weren't": 3,
        "lacks": 2,
        "lack": 2,
        "stops": 1,
        "fails": 2,
        "instead": 2,
        "unlike": 2,
    },
    not_negating=frozenset(
        {
            ("not", "only"),
            ("not", "just"),
            ("not", "merely"),
            ("not", "necessarily"),
            ("no", "less"),
            ("no", "more"),
            ("no", "matter"),
            ("not", "least"),
        }
    ),
    attenuators=(
        "almost",
        "nearly",
        "hardly",
        "barely",
        "slowly",
        "slower",
        "little",
        "rarely",
        "seldom",
        "weakly",
        "virtually",
        "stop*",
    ),
    clause_breaks=_words("but however although because if when while so that which"),
    opposites=_axes(
        """
        increas* grow* rais* higher rise* rising gain* <> decreas* reduc* lower* drop* fall* shrink* declin* diminish*
        large* big* huge great* many <> small* tiny few little
        high* <> low*
        fast* quick* accelerat* speed* <> slow* decelerat*
        always <> never rarely
        forward <> backward* back
        unroll* unfold* <> fold* roll*
        first begin* start* <> last end ends final*
        same shared common identical <> different* separate* distinct
        close* near* <> far* distant
        complex* hard* difficult* <> simple* easy easi*
        help* improv* benefit* <> hurt* harm* worse* worsen* degrad*
        maxim* largest <> minim* smallest
        positive* <> negative*
        global* <> local*
        overfit* <> underfit*
        dependent depend* <> independent*
        discrete <> continuous*
        manual* hand* <> automatic*
        necessary need* requir* <> unnecessary needless
        sequential* <> parallel* simultaneous*
        includ* add adds added <> exclud* remov* delet*
        upper <> lower
        left <> right
        short* <> long*
        cheap* <> expensive costly
        current new* fresh* <> old* previous*
        strong* <> weak*
        narrow* <> wide* broad*
        flat* <> steep*
        converg* <> diverg*
        compress* squash* <> stretch* expand*
        true correct* right <> false wrong incorrect*
        mutable <> immutable
        internal* inside <> external* outside
        keep* retain* preserv* <> los* forget* discard*
        vanish* <> explod*
        accept* <> reject*
        rare* <> frequent* often
        supervised labeled labelled <> unsupervised unlabeled unlabelled
        input* <> output*
        encoder* <> decoder*
        possible <> impossible
        before <> after
        better best <> worst
        open* <> close*
        hot* warm* <> cold* cool*
        """
    ),
    abbreviations=_words("e.g i.e etc vs cf fig eq sec al dr mr mrs ms prof approx no e g i"),
    dont_know=(
        r"\b(?:i )?(?:honestly )?(?:really )?(?:don'?t|do not) (?:know|remember|recall)\b",
        r"\bno idea\b",
        r"\bnot sure\b\W*$",
        r"\bnever heard\b",
        r"\bcan'?t (?:answer|explain|say|remember|recall)\b",
        r"^\W*(?:idk|n/?a|pass|skip|dunno|none|no answer)\W*$",
    ),
    generic=_words(
        """
        honestly question good think maybe probably remember know answer heard course guess thing
        things case cases use used uses using way ways kind type types different difference work
        works important well better call called mean means depends depend example examples task
        """
    ),
)
