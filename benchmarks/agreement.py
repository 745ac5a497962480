"""How our grades agree with people's, beside lexical baselines and length alone.

    python benchmarks/agreement.py ANSWERS [--questions QUESTIONS] [--by-kind] [--encoder …]
        [--tier …]

ANSWERS are .jsonl or .jsonl.gz files; see ``data.py`` for their shapes. Every statistic stands
with its 95 % bootstrap interval, resampled by question. Nothing is fitted: not ours, not the
baselines.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from data import GradedSet, read
from rapidfuzz import fuzz

from grader.engine import Grader
from grader.engine.tiers import DEFAULT_TIER, TIERS
from grader.signals.lexical import chrf, rouge_l, token_f1
from grader.stats import Estimate, agreement

Scores = Sequence[float | None]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def best(measure: Callable[[str, str], float | None]) -> Callable[[GradedSet], Scores]:
    """A baseline: the best similarity of the answer to any reference."""

    def scores(data: GradedSet) -> Scores:
        found: list[float | None] = []
        for answer in data.answers:
            question = data.bank.questions[answer.question_id]
            values = [measure(answer.text, reference) for reference in question.references]
            found.append(max((v for v in values if v is not None), default=0.0))
        return found

    return scores


def tfidf(data: GradedSet) -> Scores:
    """Cosine of character 3- to 5-grams, fitted on references and answers."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    references = [r for q in data.bank.questions.values() for r in q.references]
    texts = [answer.text for answer in data.answers]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    vectorizer.fit(references + texts)
    rows = vectorizer.transform(texts)
    found: list[float | None] = []
    for row, answer in zip(rows, data.answers, strict=True):
        own = vectorizer.transform(data.bank.questions[answer.question_id].references)
        found.append(float((own @ row.T).max()))
    return found


def length(data: GradedSet) -> Scores:
    sizes = np.array([len(words(answer.text)) for answer in data.answers], float)
    return [float(size) for size in sizes / max(1.0, np.percentile(sizes, 95))]


BASELINES: dict[str, Callable[[GradedSet], Scores]] = {
    "token F1": best(lambda a, r: token_f1(words(a), words(r))[0]),
    "ROUGE-L": best(lambda a, r: rouge_l(words(a), words(r))),
    "chrF": best(lambda a, r: chrf(a.casefold(), r.casefold())),
    "token_set_ratio": best(lambda a, r: fuzz.token_set_ratio(a.casefold(), r.casefold()) / 100),
    "TF-IDF char": tfidf,
    "length": length,
}


@click.command()
@click.argument("answers", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--questions", type=click.Path(exists=True, path_type=Path))
@click.option("--encoder", default="embedded", show_default=True)
@click.option("--tier", type=click.Choice(TIERS), default=DEFAULT_TIER, show_default=True)
@click.option("--limit", type=int, help="At most so many answers of a set.")
@click.option("--by-kind", is_flag=True, help="A second table: mean and range by kind of answer.")
@click.option("--baselines/--no-baselines", default=True, show_default=True)
def main(
    answers: Sequence[Path],
    questions: Path | None,
    encoder: str,
    tier: str,
    limit: int | None,
    by_kind: bool,
    baselines: bool,
) -> None:
    """Print agreement with human grades as Markdown tables."""
    for path in answers:
        data = read(path, questions, limit)
        started = time.perf_counter()
        grades = Grader(data.bank, encoder=encoder, tier=tier).grade_all(data.answers)
        seconds = time.perf_counter() - started
        rows: dict[str, Scores] = {f"grader ({encoder}, {tier})": [grade.score for grade in grades]}
        if baselines:
            rows |= {name: baseline(data) for name, baseline in BASELINES.items()}
        click.echo(
            f"\n### {data.name}: {len(data.answers)} answers to {len(data.bank.questions)} "
            f"questions, scale 0..{data.scale}, {len(data.answers) / seconds:.0f} answers/s\n"
        )
        table(data, rows)
        if by_kind:
            kinds(data, grades=[grade.score for grade in grades])
            flags = Counter(flag.name for grade in grades for flag in grade.flags)
            click.echo(f"\nFlags: {', '.join(f'{n} {c}' for n, c in flags.most_common())}")


def table(data: GradedSet, rows: dict[str, Scores]) -> None:
    clusters = [answer.question_id for answer in data.answers]
    lengths = [float(len(words(answer.text))) for answer in data.answers]
    click.echo("| | r | Spearman | QWK | RMSE | r given length | not judged |")
    click.echo("|---|---|---|---|---|---|---|")
    for name, scores in rows.items():
        found = agreement(scores, data.human, clusters, lengths, data.scale)
        cells = (found.pearson, found.spearman, found.qwk, found.rmse, found.partial)
        shown = [cell(c) for c in cells]
        if name == "length":
            shown[4] = "–"
        click.echo(f"| {name} | {' | '.join(shown)} | {found.missing} |")


def cell(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    interval = ""
    if estimate.low is not None and estimate.high is not None:
        interval = f" [{estimate.low:.2f}, {estimate.high:.2f}]"
    return f"{estimate.value:.3f}{interval}"


def kinds(data: GradedSet, grades: Scores) -> None:
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for kind, grade, human in zip(data.kinds, grades, data.human, strict=True):
        if grade is not None:
            groups[kind].append((grade, human))
    click.echo("\n| kind | n | human mean | our mean | our min | our max |")
    click.echo("|---|---|---|---|---|---|")
    for kind, pairs in sorted(groups.items(), key=lambda item: -np.mean(item[1], axis=0)[1]):
        ours, human = np.array(pairs).T
        click.echo(
            f"| {kind} | {len(pairs)} | {human.mean():.2f} | {ours.mean():.2f} "
            f"| {ours.min():.2f} | {ours.max():.2f} |"
        )


if __name__ == "__main__":
    main()
