"""Where the files of a bank are: bundled with grader, or where the user says."""

from __future__ import annotations

from pathlib import Path

from grader.documents import YAML_SUFFIXES
from grader.errors import BankError
from grader.files import did_you_mean

__all__ = ["BANK_SUFFIXES", "bundled_banks", "find_bank", "find_rubrics", "samples", "yaml_files"]

BANK_SUFFIXES = (*YAML_SUFFIXES, ".json", ".jsonl", ".ndjson")
RUBRIC_SUFFIXES = (*YAML_SUFFIXES, ".json")


def _data_root() -> Path:
    """The folder that holds ``datasets`` and ``rubrics``."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "bundled"
    return installed if installed.is_dir() else package.parent


def bundled_banks() -> dict[str, Path]:
    """Folders of the bundled banks by name."""
    datasets = _data_root() / "datasets"
    if not datasets.is_dir():
        return {}
    return {
        folder.name: folder
        for folder in sorted(datasets.iterdir())
        if (folder / "bank.yaml").is_file()
    }


def samples(bank: str) -> Path:
    """The sample answers to a bundled bank.

    Raises:
        BankError: there are none.
    """
    path = _data_root() / "datasets" / "samples" / f"{bank}-answers.jsonl"
    if not path.is_file():
        raise BankError(f"no sample answers to {bank!r} come with grader")
    return path


def find_bank(source: str | Path) -> Path:
    """The file or folder of a bank.

    Raises:
        BankError: there is no such file, folder or bundled bank, or it is of no known format.
    """
    banks = bundled_banks()
    if isinstance(source, str) and source in banks:
        return banks[source]
    path = Path(source)
    if path.is_dir():
        return path
    if not path.exists():
        if path.name != str(source) or path.suffix.lower() in BANK_SUFFIXES:
            raise BankError("no such file or folder", path=path)
        known = ", ".join(banks) or "none"
        raise BankError(
            f"no bank {str(source)!r}{did_you_mean(str(source), banks)} "
            f"(bundled: {known}; or give a file or folder)"
        )
    _check_suffix(path, BANK_SUFFIXES, "a bank")
    return path


def find_rubrics(rubrics: str | Path | None, bank: Path) -> list[Path]:
    """The rubric files for a bank, in order; none if there are none.

    Raises:
        BankError: the path given does not exist, holds no rubric file, or is of no known format.
    """
    if rubrics is None:
        if bank.resolve() in bundled_banks().values():
            rubrics = _data_root() / "rubrics"
        else:
            rubrics = bank / "rubrics"
        return yaml_files(rubrics) if rubrics.is_dir() else []
    path = Path(rubrics)
    if path.is_dir():
        found = yaml_files(path)
        if not found:
            raise BankError("no *.yaml rubric file in this folder", path=path)
        return found
    if not path.exists():
        raise BankError("no such rubric file or folder", path=path)
    _check_suffix(path, RUBRIC_SUFFIXES, "rubrics")
    return [path]


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files directly in a folder, by name."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in YAML_SUFFIXES and not path.name.startswith(".")
    )


def _check_suffix(path: Path, suffixes: tuple[str, ...], what: str) -> None:
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffixes)
        raise BankError(f"{what} is read from a folder or a file of {known}", path=path)
