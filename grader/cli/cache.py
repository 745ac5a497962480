"""``grader cache``: what is kept to be quicker the next time."""

from __future__ import annotations

import click

from grader.cli.options import interface_language, lang_option

__all__ = ["command"]

_KINDS = {
    "ru": {
        "bank": "банки вопросов",
        "reference": "эталоны, обработанные целиком по банку",
        "judgement": "суждения модели о парах",
        "vector": "векторы текстов",
        "words": "разобранные слова",
        "file": "контрольные суммы файлов",
    },
    "en": {
        "bank": "question banks",
        "reference": "what references of a bank have in common",
        "judgement": "judgements of the grading model",
        "vector": "vectors of texts",
        "words": "analysed words",
        "file": "checksums of files",
    },
}


@click.group("cache")
def command() -> None:
    """Show or clear what is kept to be quicker the next time.

    The cache never changes a grade: its entries are found by a hash of all that they depend on. The
    environment variable GRADER_CACHE names another folder, or is "off"; GRADER_CACHE_MB bounds its
    size (1024).
    """


@command.command("info")
@lang_option
def info(lang: str | None) -> None:
    """Print where the cache is, how large, and what it holds."""
    from grader.cache import Cache

    found = Cache.default().info()
    kinds = _KINDS[interface_language(lang)]
    click.echo(f"{found.path}: {found.bytes / 2**20:.1f} / {found.limit / 2**20:.0f} MB")
    for kind, count in sorted(found.entries.items()):
        click.echo(f"{count:>12,}  {kinds.get(kind, kind)}")


@command.command("clear")
def clear() -> None:
    """Remove the cache's file."""
    from grader.cache import Cache
    from grader.errors import RunError

    cache = Cache.default()
    before = cache.info()
    try:
        cache.clear()
    except OSError as error:
        raise RunError(f"cannot be removed: {error.strerror}", path=before.path) from error
    click.echo(f"{before.path}: −{before.bytes / 2**20:.1f} MB")
