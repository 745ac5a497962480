"""Makes the goldens beside this file: inputs of its own and the values RSMTool has for them.

    python -m venv rsm && rsm/bin/pip install rsmtool==12.0.0
    rsm/bin/python tests/stats/goldens/make.py

RSMTool needs an environment of its own. Its ``Analyzer.run_prediction_analyses`` (what ``rsmeval``
runs) and ``get_fairness_analyses`` (what its fairness notebook runs) give every value but these,
which its API has for other inputs or not at all:

    smd by subgroup, smd_pooled   rsmtool.utils.metrics.standardized_mean_difference
    qwk by subgroup               rsmtool.utils.metrics.quadratic_weighted_kappa
    true score by subgroup        rsmtool.utils.prmse, on the subgroup's answers
    partial                       rsmtool.utils.metrics.partial_correlations
    spearman, length              scipy.stats
    within                        scipy.stats.pearsonr of the residuals that statsmodels leaves
                                  of both sides when each question is a level

RSMTool gives agreement and distributions in per cent, these files shares of 0..1. Undefined values
are null. Where RSMTool has a constant for something undefined, the constant stands under
"conventions": kappa of one category on both sides is 1, R² of a constant human grade 0 or 1.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from rsmtool.analyzer import Analyzer
from rsmtool.configuration_parser import Configuration
from rsmtool.container import DataContainer
from rsmtool.fairness_utils import get_fairness_analyses
from rsmtool.preprocessor import FeaturePreprocessor
from rsmtool.utils.metrics import (
    partial_correlations,
    quadratic_weighted_kappa,
    standardized_mean_difference,
)
from rsmtool.utils.prmse import mse_true, prmse_true, true_score_variance, variance_of_errors
from scipy import stats

HERE = Path(__file__).parent
PACKAGES = ("rsmtool", "numpy", "pandas", "scipy", "scikit-learn", "statsmodels")
AGREEMENT = {
    "pearson": "corr", "qwk": "wtkappa", "kappa": "kappa", "exact": "exact_agr",
    "adjacent": "adj_agr", "smd": "SMD",
}  # fmt: skip
KINDS = ("raw_trim", "raw_trim_round")
BY_GROUP = ("sys_mean", "sys_sd", "wtkappa", "corr", "DSM", "RMSE", "R2", "kappa", "exact_agr",
            "adj_agr")  # fmt: skip

Frame = pd.DataFrame


def graded(seed: int, answers: int, questions: int, scale: int, **kinds: Any) -> dict[str, Any]:
    """Answers whose machine grades follow the human ones, more or less."""
    random = np.random.default_rng(seed)
    question = np.arange(answers) % questions
    ability = random.normal(0, 1, answers) + random.normal(0, 0.7, questions)[question]
    true = scale / 2 + ability * scale / 5
    human = np.clip(true + random.normal(0, scale / 12, answers), 0, scale)
    second = np.clip(true + random.normal(0, scale / 12, answers), 0, scale)
    group = random.choice(kinds["groups"], answers, p=kinds["shares"])
    bias = np.select([group == name for name in kinds["groups"]], kinds["bias"])
    machine = 0.8 * true + 0.13 * scale + bias + random.normal(0, scale / 9, answers)
    if kinds.get("whole", True):
        human, second = np.rint(human), np.rint(second)
    second[random.random(answers) > kinds.get("double", 0.0)] = np.nan
    return {
        "scale": scale,
        "question": [f"q{number:02d}" for number in question],
        "machine": np.round(machine, 4).tolist(),
        "human": np.round(human, 2).tolist(),
        "second": [None if math.isnan(v) else round(v, 2) for v in second],
        "length": np.round(20 + 12 * true + random.normal(0, 20, answers)).clip(1).tolist(),
        "group": group.tolist(),
    }


def ties() -> dict[str, Any]:
    """Halves that round to even, few distinct values, a subgroup of one, one without second."""
    random = np.random.default_rng(7)
    human = random.integers(0, 4, 40)
    machine = np.clip(human + random.choice([-1, -0.5, 0, 0.5, 1], 40), 0, 3)
    second = [int(v) if n % 3 == 0 and n > 9 else None for n, v in enumerate(machine.round())]
    return {
        "scale": 3,
        "question": [f"q{n % 5}" for n in range(40)],
        "machine": machine.tolist(),
        "human": human.tolist(),
        "second": second,
        "length": (10 * random.integers(1, 4, 40)).tolist(),
        "group": ["lone"] + ["first"] * 9 + ["even" if n % 2 else "odd" for n in range(30)],
    }


def constant(side: str) -> dict[str, Any]:
    """One side that never changes."""
    data = graded(11, 30, 6, 5, groups=["a", "b"], shares=[0.5, 0.5], bias=[0, 0.5], double=0.5)
    data[side] = [2.0] * 30
    return data


CASES = {
    "two_raters": lambda: graded(
        3, 240, 12, 4, groups=["north", "south", "west"], shares=[0.5, 0.3, 0.2],
        bias=[0.0, 0.4, -0.3], double=0.6,
    ),
    "continuous": lambda: graded(
        5, 150, 9, 10, groups=["a", "b"], shares=[0.6, 0.4], bias=[0.0, 0.9], whole=False,
        double=0.3,
    ),
    "ties": ties,
    "one_rater": lambda: graded(
        8, 90, 30, 20, groups=["x", "y", "z"], shares=[0.4, 0.4, 0.2], bias=[0, 0, 2]
    ),
    "constant_machine": lambda: constant("machine"),
    "constant_human": lambda: constant("human"),
}  # fmt: skip


def frame(data: dict[str, Any]) -> Frame:
    """The answers as RSMTool wants them: ids, scores under its names, trimmed and rounded."""
    ids = [f"a{number}" for number in range(len(data["human"]))]
    raw = pd.DataFrame({"spkitemid": ids, "raw": data["machine"]})
    # Means 0 and SDs 1 leave the scaled scores, which are not used, equal to the raw ones.
    made = FeaturePreprocessor().process_predictions(raw, 0, 1, 0, 1, 0, data["scale"])
    made["sc1"] = np.array(data["human"], dtype=float)
    made["sc2"] = np.array(data["second"], dtype=float)
    made["length"] = np.array(data["length"], dtype=float)
    made["question"], made["group"] = data["question"], data["group"]
    return made


def analyses(df: Frame) -> DataContainer:
    """What ``rsmeval`` computes."""
    settings = {
        "experiment_id": "golden", "predictions_file": "-", "system_score_column": "raw",
        "trim_min": 0, "trim_max": 1, "subgroups": ["group"],
    }  # fmt: skip
    configuration = Configuration(settings, context="rsmeval")
    configuration["second_human_score_column"] = "sc2"
    configuration["use_scaled_predictions"] = False
    both = df["sc2"].notna().any()
    frames = {
        "pred_test": df[["spkitemid", "sc1", "raw", "raw_trim", "raw_trim_round"]],
        "test_metadata": df[["spkitemid", "group"]],
        "test_human_scores": df[["spkitemid", "sc1", "sc2"]] if both else pd.DataFrame(),
    }
    container = DataContainer([{"name": name, "frame": one} for name, one in frames.items()])
    return Analyzer().run_prediction_analyses(container, configuration)[1]


def agreement(row: pd.Series, suffix: str = "") -> dict[str, float]:
    """The agreement statistics of one row, per cent as shares."""
    found = {ours: row[theirs + suffix] for ours, theirs in AGREEMENT.items() if theirs in row}
    return {k: v / 100 if k in ("exact", "adjacent") else v for k, v in found.items()}


def system(trim: pd.Series, rounded: pd.Series) -> dict[str, Any]:
    """Machine against human, from RSMTool's rows for trimmed and for rounded scores."""
    whole = agreement(rounded)
    return {
        "n": trim["N"],
        "human.mean": trim["h_mean"], "human.sd": trim["h_sd"],
        "machine.mean": trim["sys_mean"], "machine.sd": trim["sys_sd"],
        "rounded.mean": rounded["sys_mean"], "rounded.sd": rounded["sys_sd"],
        "smd_rounded": whole["smd"], "qwk": whole["qwk"], "kappa": whole["kappa"],
        "exact": whole["exact"], "adjacent": whole["adjacent"],
        "pearson": trim["corr"], "qwk_continuous": trim["wtkappa"],
        "rmse": trim["RMSE"], "r2": trim["R2"],
    }  # fmt: skip


def beside(df: Frame) -> dict[str, Any]:
    """The statistics that RSMTool's analyses lack."""
    human, machine = df["sc1"], df["raw_trim"]
    found: dict[str, Any] = {
        "smd": standardized_mean_difference(human, machine, method="unpooled"),
        "smd_pooled": standardized_mean_difference(human, machine, method="pooled"),
    }
    varied = len(df) > 1 and human.nunique() > 1 and machine.nunique() > 1
    found["spearman"] = stats.spearmanr(human, machine).statistic if varied else None
    spread = len(df) > 2 and df["length"].nunique() > 1
    found["length"] = (
        stats.pearsonr(df["length"], human).statistic if spread and human.nunique() > 1 else None
    )
    table = df[["raw_trim", "sc1", "length"]]
    known = spread and varied and len(df) > 3
    found["partial"] = partial_correlations(table)["sc1"]["raw_trim"] if known else None
    left = [smf.ols(f"{side} ~ question", df).fit().resid for side in ("sc1", "raw_trim")]
    own = all(side.abs().max() > 1e-9 for side in left)
    found["within"] = stats.pearsonr(*left).statistic if own else None
    return found


def true_score(df: Frame) -> dict[str, Any]:
    """Variances and PRMSE, of a subgroup too."""
    human = df[["sc1", "sc2"]].to_numpy()
    if not df["sc2"].notna().any():
        return {}
    true = true_score_variance(human) if len(df) > 1 else None
    found = {
        "single": int(df["sc2"].isna().sum()), "double": int(df["sc2"].notna().sum()),
        "error_variance": variance_of_errors(human), "true_variance": true,
        "mse": mse_true(df["raw_trim"].to_numpy(), human),
    }  # fmt: skip
    known = true is not None and true > 0
    found["prmse"] = prmse_true(df["raw_trim"].to_numpy(), human) if known else None
    return {f"true_score.{name}": value for name, value in found.items()}


def raters(row: pd.Series, df: Frame) -> dict[str, Any]:
    """The second person against the first; rank correlation from scipy."""
    found = {"n": row["N"]} | agreement(row)
    for ours, theirs in (("first", "h1"), ("second", "h2")):
        found |= {f"{ours}.mean": row[f"{theirs}_mean"], f"{ours}.sd": row[f"{theirs}_sd"]}
    double = df.dropna(subset=["sc2"])
    varied = len(double) > 1 and double["sc1"].nunique() > 1 and double["sc2"].nunique() > 1
    found["spearman"] = stats.spearmanr(double["sc1"], double["sc2"]).statistic if varied else None
    return {f"raters.{name}": value for name, value in found.items()}


def overall(df: Frame, data: DataContainer) -> dict[str, Any]:
    trim, rounded = data["eval"].loc["raw_trim"], data["eval"].loc["raw_trim_round"]
    found = system(trim, rounded) | beside(df) | true_score(df)
    assert math.isclose(found["smd"], trim["SMD"]) or math.isnan(trim["SMD"])
    if not df["sc2"].notna().any():
        return found
    found |= raters(data["consistency"].iloc[0], df)
    lost, kept = (agreement(data["degradation"].loc[f"raw_trim{x}"]) for x in ("", "_round"))
    for name in ("pearson", "smd"):
        found[f"degradation.{name}"] = lost[name]
    found["degradation.qwk_continuous"] = lost["qwk"]
    for name in ("qwk", "kappa", "exact", "adjacent"):
        found[f"degradation.{name}"] = kept[name]
    corrected = data["disattenuated_correlations"].loc["raw_trim", "corr_disattenuated"]
    found["disattenuated"] = corrected
    evaluated = data["true_score_eval"].loc["raw_trim"]
    assert math.isclose(evaluated["MSE true"], found["true_score.mse"])
    return found


def subgroup(name: str, df: Frame, data: DataContainer) -> dict[str, Any]:
    row, own = data["eval_by_group"].loc[name], df[df["group"] == name]
    trim, whole = ({k: row.get(f"{k}.{kind}") for k in BY_GROUP} for kind in KINDS)
    human, rounded = own["sc1"], own["raw_trim_round"]
    found = {
        "n": row["N"], "human.mean": row["h_mean"], "human.sd": row["h_sd"],
        "machine.mean": trim["sys_mean"], "machine.sd": trim["sys_sd"],
        "rounded.mean": whole["sys_mean"], "rounded.sd": whole["sys_sd"],
        "pearson": trim["corr"], "qwk_continuous": trim["wtkappa"],
        "rmse": trim["RMSE"], "r2": trim["R2"], "dsm": trim["DSM"],
        "kappa": whole["kappa"], "exact": whole["exact_agr"] / 100,
        "adjacent": whole["adj_agr"] / 100, "dsm_rounded": whole["DSM"],
        "qwk": quadratic_weighted_kappa(human, rounded),
        "smd_rounded": standardized_mean_difference(human, rounded),
    }  # fmt: skip
    found |= beside(own) | true_score(own)
    if own["sc2"].notna().any():
        people = data["consistency_by_group"].loc[name]
        found |= raters(people, own)
        found["raters_dsm"] = people["DSM"]
        corrected = data["disattenuated_correlations_by_group"].loc[name, "corr_disattenuated"]
        found["disattenuated"] = corrected
    return found


def fairness(df: Frame) -> dict[str, Any]:
    """OSA, OSD and CSD with each subgroup's difference from the reference."""
    fits, container = get_fairness_analyses(df.copy(), "group", "raw_trim")
    summary = container["fairness_metrics_by_group"]
    titles = {"osa": "accuracy", "osd": "difference", "csd": "Conditional"}
    found: dict[str, Any] = {"reference": summary["base_category"].iloc[0]}
    for name, word in titles.items():
        (title,) = [
            c for c in summary.columns
            if word in c and (name == "csd") == c.startswith("Conditional")
        ]  # fmt: skip
        estimates = container[f"estimates_{name}_by_group"]["estimate"]
        found[name] = {
            "r2": summary.loc["R2", title],
            # Without error left over, p is the ratio of two rounding errors.
            "p": None if fits[name].ssr < 1e-9 else summary.loc["sig", title],
            "differences": {k: v for k, v in estimates.items() if not k.startswith("Intercept")},
        }
    return found


def conventions(expected: dict[str, Any], df: Frame) -> dict[str, float]:
    """Take out what RSMTool calls a number though it is undefined."""
    double = df.dropna(subset=["sc2"])
    undefined = {
        "r2": df["sc1"].nunique() == 1,
        "kappa": pd.concat([df["sc1"].round(), df["raw_trim_round"]]).nunique() == 1,
        "raters.kappa": pd.concat([double["sc1"].round(), double["sc2"].round()]).nunique() == 1,
    }
    taken = {}
    for name, is_undefined in undefined.items():
        if is_undefined and plain(expected.get(name)) is not None:
            taken[name] = plain(expected[name])
            expected[name] = None
    return taken


def plain(value: Any) -> Any:
    """As JSON holds it; not a number is null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def case(name: str) -> dict[str, Any]:
    inputs = CASES[name]()
    df = frame(inputs)
    data = analyses(df)
    labels = [int(label) for label in data["confMatrix"].index]
    groups = {name: subgroup(name, df, data) for name in sorted(df["group"].unique())}
    whole = overall(df, data)
    taken = {"": conventions(whole, df)}
    taken |= {name: conventions(own, df[df["group"] == name]) for name, own in groups.items()}
    shares = data["score_dist"][["human", "sys_raw"]] / 100
    return {
        "name": name,
        "inputs": inputs,
        "overall": plain(whole),
        "groups": plain(groups),
        "fairness": plain(fairness(df)),
        "confusion": {"labels": labels, "rows": data["confMatrix"].to_numpy().tolist()},
        "distribution": {str(int(k)): row.tolist() for k, row in shares.iterrows()},
        "conventions": {name: values for name, values in taken.items() if values},
    }


def main() -> None:
    made = {package: version(package) for package in PACKAGES}
    for name in CASES:
        whole = {"made_with": made, **case(name)}
        parts = [f'"{key}": {json.dumps(part, allow_nan=False)}' for key, part in whole.items()]
        text = "{\n" + ",\n".join(parts) + "\n}\n"
        (HERE / f"{name}.json").write_text(text, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable()
    main()
