"""The world: every hazard of the synthetic population as a Gompertz age baseline and log hazard ratios.

Rates are per year at age 60 with nothing in the bag; `gompertz` is the log-hazard's rise per year of age. A label is
an index of the vocabulary (`hypertension`, `smoking:current`, `systolic-pressure:4`, a drug that is held). All figures
are invented, in the order of size of published incidences; they are the truth of this world and of no other.
"""

from __future__ import annotations

from dataclasses import dataclass

Effects = dict[str, float]


@dataclass(frozen=True)
class Hazard:
    """rate: per year at 60; gompertz: per year; effects: log hazard ratio by label."""

    rate: float
    gompertz: float
    effects: Effects


@dataclass(frozen=True)
class Recency:
    """For `years` after `trigger`, the log-hazards of the events in `effects` are raised."""

    trigger: str
    years: float
    effects: Effects


def _steps(label: str, *values: float) -> Effects:
    """Effects of the bins of a measurement, from bin 0; zeros are left out."""
    return {f"{label}:{number}": value for number, value in enumerate(values) if value}


_SMOKE = "smoking:current"
_EX = "smoking:former"
_SBP_VASCULAR = _steps("systolic-pressure", -0.15, -0.1, 0, 0.15, 0.35, 0.6)
_LDL = _steps("ldl-cholesterol", -0.4, -0.2, 0, 0.2, 0.4, 0.6)
_VASCULAR = {"sex-male": 0.4, _SMOKE: 0.65, _EX: 0.2, "type2-diabetes": 0.5, "hypertension": 0.35, "ckd": 0.35}

CONDITIONS: dict[str, Hazard] = {
    "hypertension": Hazard(0.022, 0.035, {"obesity": 0.4, "type2-diabetes": 0.4, "ckd": 0.4}
                           | _steps("systolic-pressure", -1.2, -0.6, 0, 0.8, 1.7, 2.4)),
    "hyperlipidemia": Hazard(0.022, 0.02, {"obesity": 0.3, "type2-diabetes": 0.5}
                             | _steps("ldl-cholesterol", -1.0, -0.5, 0, 0.7, 1.4, 2.0)),
    "obesity": Hazard(0.008, 0.0, {"depression": 0.2} | _steps("body-mass-index", -3, -2, 0, 1.8, 2.4, 2.8)),
    "prediabetes": Hazard(0.012, 0.025, {"obesity": 0.6, "hypertension": 0.2} | _steps("hba1c", -0.5, 1.6)),
    "type2-diabetes": Hazard(0.0032, 0.025, {"prediabetes": 1.5, "obesity": 0.7, "sex-male": 0.15, _SMOKE: 0.2}
                             | _steps("hba1c", -0.6, 0.5, 2.2, 2.8, 3.2)),
    "ckd": Hazard(0.006, 0.055, {"type2-diabetes": 0.6, "hypertension": 0.5, "heart-failure": 0.5}
                  | _steps("egfr", 3.0, 2.8, 2.6, 2.0, 0.3, -0.6)),
    "esrd": Hazard(0.008, 0.0, {"type2-diabetes": 0.4, "hypertension": 0.3}
                   | _steps("egfr", 2.6, 1.6, 0.6, 0, -0.4, -0.8)),
    "ischemic-heart-disease": Hazard(0.006, 0.05, _VASCULAR | _LDL),
    "atrial-fibrillation": Hazard(0.005, 0.085, {"sex-male": 0.35, "hypertension": 0.35, "heart-failure": 0.9,
                                                 "obesity": 0.3, "ischemic-heart-disease": 0.3}),
    "heart-failure": Hazard(0.003, 0.085, {"sex-male": 0.25, "hypertension": 0.45, "type2-diabetes": 0.5, "mi": 1.0,
                                           "ischemic-heart-disease": 0.5, "atrial-fibrillation": 0.7, "ckd": 0.5,
                                           "obesity": 0.35} | _SBP_VASCULAR),
    "peripheral-artery-disease": Hazard(0.003, 0.06, _VASCULAR),
    "copd": Hazard(0.003, 0.05, {_SMOKE: 1.8, _EX: 1.0, "asthma": 0.5}),
    "asthma": Hazard(0.004, -0.01, {"sex-male": -0.2, "obesity": 0.3}),
    "osteoarthritis": Hazard(0.02, 0.04, {"sex-male": -0.35, "obesity": 0.6}),
    "osteoporosis": Hazard(0.006, 0.065, {"sex-male": -1.3, _SMOKE: 0.25, "hip-fracture": 1.2, "fracture": 0.5}),
    "gout": Hazard(0.003, 0.03, {"sex-male": 0.9, "ckd": 0.6, "obesity": 0.4, "thiazide": 0.26}),
    "dementia": Hazard(0.0012, 0.13, {"stroke": 0.7, "type2-diabetes": 0.25, "depression": 0.3}),
    "depression": Hazard(0.009, -0.005, {"sex-male": -0.5, "stroke": 0.5, "mi": 0.3, "breast-cancer": 0.3}),
    "anemia": Hazard(0.008, 0.035, {"ckd": 0.7, "gi-bleed": 0.8}
                     | _steps("hemoglobin", 3.0, 2.6, 1.6, 0.4, -0.5, -0.8)),
    "colon-polyp": Hazard(0.012, 0.03, {"sex-male": 0.3, "colonoscopy": 0.8}),
    "breast-cancer": Hazard(0.0034, 0.025, {"obesity": 0.15}),
    "colorectal-cancer": Hazard(0.0013, 0.06, {"sex-male": 0.3, "colon-polyp": 0.7, _SMOKE: 0.2}),
    "lung-cancer": Hazard(0.0006, 0.06, {_SMOKE: 2.3, _EX: 1.2, "copd": 0.6}),
    "prostate-cancer": Hazard(0.0045, 0.06, {}),
    "mi": Hazard(0.0028, 0.05, _VASCULAR | _LDL | {"mi": 0.5, "ischemic-heart-disease": 0.8,
                                                   "peripheral-artery-disease": 0.4}),
    "stroke": Hazard(0.0024, 0.065, {"sex-male": 0.15, _SMOKE: 0.5, "hypertension": 0.4, "type2-diabetes": 0.4,
                                     "atrial-fibrillation": 1.1, "stroke": 0.7, "ckd": 0.2} | _SBP_VASCULAR),
    "gi-bleed": Hazard(0.003, 0.045, {"gi-bleed": 0.8, "ckd": 0.4}),
    "upper-respiratory-infection": Hazard(0.28, -0.01, {_SMOKE: 0.2, "asthma": 0.2}),
    "acute-bronchitis": Hazard(0.09, 0.005, {_SMOKE: 0.5, "copd": 0.5, "asthma": 0.4}),
    "otitis-media": Hazard(0.02, -0.01, {}),
    "pneumonia": Hazard(0.008, 0.055, {"copd": 0.9, "heart-failure": 0.5, "dementia": 0.6, _SMOKE: 0.3}),
    "urinary-infection": Hazard(0.05, 0.025, {"sex-male": -1.2, "type2-diabetes": 0.3, "dementia": 0.4}),
    "copd-exacerbation": Hazard(0.25, 0.01, {_SMOKE: 0.3, "copd-exacerbation": 0.7}),
    "injury": Hazard(0.10, -0.005, {"dementia": 0.4, "depression": 0.15}),
    "fracture": Hazard(0.009, 0.025, {"sex-male": -0.3, "osteoporosis": 0.9, "fracture": 0.4, "dementia": 0.3}),
    "hip-fracture": Hazard(0.0007, 0.11, {"sex-male": -0.5, "osteoporosis": 1.0, "dementia": 0.6, "fracture": 0.4}),
    "emergency-visit": Hazard(0.15, 0.01, {"copd": 0.3, "depression": 0.2, "heart-failure": 0.3, "dementia": 0.3}),
    "hospital-admission": Hazard(0.05, 0.025, {"heart-failure": 0.7, "copd": 0.5, "ckd": 0.3, "lung-cancer": 0.9,
                                               "colorectal-cancer": 0.6, "type2-diabetes": 0.25, "dementia": 0.4}),
    "intensive-care-admission": Hazard(0.004, 0.03, {"heart-failure": 0.6, "copd": 0.5, "esrd": 0.8}),
}  # fmt: skip

DEATHS: dict[str, Hazard] = {
    "death-cardiovascular": Hazard(0.0009, 0.085, {"sex-male": 0.35, _SMOKE: 0.5, "mi": 0.7, "heart-failure": 1.1,
                                                   "stroke": 0.6, "ischemic-heart-disease": 0.3, "ckd": 0.4,
                                                   "type2-diabetes": 0.3, "atrial-fibrillation": 0.3, "esrd": 0.9}),
    "death-cancer": Hazard(0.0012, 0.065, {_SMOKE: 0.3, "lung-cancer": 4.6, "colorectal-cancer": 3.3,
                                           "breast-cancer": 2.3, "prostate-cancer": 1.9}),
    "death-respiratory": Hazard(0.0003, 0.11, {_SMOKE: 0.6, "copd": 1.6, "pneumonia": 0.5, "dementia": 0.5}),
    "death-other": Hazard(0.0011, 0.095, {"sex-male": 0.2, "dementia": 1.0, "ckd": 0.3, "esrd": 1.2,
                                         "hip-fracture": 0.8,
                                         "depression": 0.2, "type2-diabetes": 0.2}),
}  # fmt: skip

DRUG_STARTS: dict[str, Hazard] = {
    "statin": Hazard(0.0008, 0.005, {"hyperlipidemia": 5.2, "mi": 1.0, "stroke": 0.7, "ischemic-heart-disease": 0.7,
                                     "type2-diabetes": 0.6}),
    "ras-inhibitor": Hazard(0.0006, 0.0, {"hypertension": 5.2, "heart-failure": 1.0, "ckd": 0.6,
                                           "type2-diabetes": 0.5}),
    "beta-blocker": Hazard(0.0008, 0.0, {"hypertension": 3.2, "mi": 1.8, "heart-failure": 1.6,
                                          "atrial-fibrillation": 2.2}),
    "calcium-blocker": Hazard(0.0005, 0.01, {"hypertension": 4.9}),
    "thiazide": Hazard(0.0005, 0.0, {"hypertension": 4.8, "gout": -0.8}),
    "metformin": Hazard(0.0002, 0.0, {"type2-diabetes": 7.2, "prediabetes": 3.5, "ckd": -0.7}),
    "sglt2-inhibitor": Hazard(0.0002, 0.0, {"type2-diabetes": 5.6, "heart-failure": 4.6, "ckd": 2.5}),
    "insulin": Hazard(0.0001, 0.0, {"type2-diabetes": 6.0} | _steps("hba1c", 0, 0, 0, 0.7, 1.5)),
    "anticoagulant": Hazard(0.0005, 0.0, {"atrial-fibrillation": 6.4, "gi-bleed": -0.8}),
    "antiplatelet": Hazard(0.003, 0.01, {"mi": 3.2, "stroke": 3.0, "ischemic-heart-disease": 3.0,
                                         "peripheral-artery-disease": 2.6, "gi-bleed": -0.7, "anticoagulant": -1.0}),
    "ssri": Hazard(0.002, 0.0, {"depression": 4.9}),
    "inhaled-corticosteroid": Hazard(0.0006, 0.0, {"copd": 5.2, "asthma": 5.6}),
    "bisphosphonate": Hazard(0.0002, 0.0, {"osteoporosis": 7.0, "hip-fracture": 1.0}),
    "urate-lowering": Hazard(0.0002, 0.0, {"gout": 7.2}),
    "ppi": Hazard(0.015, 0.01, {"gi-bleed": 2.5, "antiplatelet": 1.0, "anticoagulant": 0.5}),
}  # fmt: skip

DRUG_STOP_RATE = 0.07
"""Per year, the same for every drug and age."""

DRUG_EFFECTS: dict[str, Effects] = {
    "statin": {
        "mi": -0.36,
        "stroke": -0.22,
        "ischemic-heart-disease": -0.25,
        "death-cardiovascular": -0.2,
        "type2-diabetes": 0.09,
        "dementia": 0.0,
        "death-cancer": 0.0,
    },
    "ras-inhibitor": {
        "heart-failure": -0.29,
        "ckd": -0.25,
        "esrd": -0.3,
        "stroke": -0.16,
        "death-cardiovascular": -0.12,
        "atrial-fibrillation": 0.0,
    },
    "beta-blocker": {"mi": -0.2, "death-cardiovascular": -0.16, "heart-failure": -0.2, "stroke": 0.0},
    "calcium-blocker": {"stroke": -0.24, "mi": -0.1, "heart-failure": 0.0},
    "thiazide": {"stroke": -0.24, "heart-failure": -0.2, "fracture": -0.1, "mi": 0.0},
    "metformin": {"mi": -0.15, "type2-diabetes": -0.35, "stroke": 0.0},
    "sglt2-inhibitor": {
        "heart-failure": -0.38,
        "ckd": -0.4,
        "esrd": -0.43,
        "death-cardiovascular": -0.15,
        "urinary-infection": 0.2,
        "stroke": 0.0,
    },
    "insulin": {"mi": 0.0, "heart-failure": 0.0},
    "anticoagulant": {"stroke": -0.9, "gi-bleed": 0.6, "mi": 0.0},
    "antiplatelet": {"mi": -0.22, "stroke": -0.2, "gi-bleed": 0.47, "heart-failure": 0.0},
    "ssri": {"gi-bleed": 0.22, "fracture": 0.15, "mi": 0.0},
    "inhaled-corticosteroid": {"copd-exacerbation": -0.29, "pneumonia": 0.3, "mi": 0.0},
    "bisphosphonate": {"fracture": -0.43, "hip-fracture": -0.5, "stroke": 0.0},
    "urate-lowering": {"mi": 0.0, "ckd": 0.0, "death-other": 0.0},
    "ppi": {"gi-bleed": -0.6, "mi": 0.0, "pneumonia": 0.0},
}
"""Log hazard ratios while a drug is held. Zeros are nulls on purpose: a model must not find an effect there."""

RECENCIES = (
    Recency("mi", 1.0, {"mi": 0.8, "heart-failure": 0.9, "death-cardiovascular": 1.2, "hospital-admission": 0.6}),
    Recency("stroke", 1.0, {"stroke": 0.7, "death-cardiovascular": 1.0, "hospital-admission": 0.6}),
    Recency("hospital-admission", 0.25, {"hospital-admission": 0.8, "death-other": 0.9, "emergency-visit": 0.4}),
)

UNRECORDED_BEFORE_ENTRY = (
    "upper-respiratory-infection", "acute-bronchitis", "otitis-media", "injury", "urinary-infection", "emergency-visit",
    "hospital-admission", "intensive-care-admission",
)  # fmt: skip
"""A problem list at entry names diseases, not old colds: these start at entry."""
