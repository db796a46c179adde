"""Plots of the report as SVG, written by hand so that equal figures are equal bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SIZE, MARGIN = 440, 64
LOW = 1e-3
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#7b5ea7", "#b08900", "#2a9d8f", "#8d5b4c", "#5c677d")


def _place(value: float, low: float, high: float, *, up: bool) -> float:
    share = (value - low) / (high - low)
    return round(SIZE - MARGIN - share * (SIZE - 2 * MARGIN) if up else MARGIN + share * (SIZE - 2 * MARGIN), 1)


def _frame(title: str, across: str, upwards: str, ticks: list[tuple[float, float, str]]) -> list[str]:
    """Opening tag, axes, titles and ticks (x, y, text)."""
    end, base = SIZE - MARGIN, SIZE - MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" font-family="sans-serif" font-size="11">',
        f'<title>{title}</title><rect width="{SIZE}" height="{SIZE}" fill="white"/>',
        f'<path d="M{MARGIN} {MARGIN}V{base}H{end}" fill="none" stroke="#333"/>',
        f'<text x="{SIZE / 2}" y="20" text-anchor="middle" font-size="12">{title}</text>',
        f'<text x="{SIZE / 2}" y="{SIZE - 10}" text-anchor="middle">{across}</text>',
        f'<text x="14" y="{SIZE / 2}" text-anchor="middle" transform="rotate(-90 14 {SIZE / 2})">{upwards}</text>',
    ]
    return lines + [f'<text x="{x}" y="{y}" text-anchor="middle" fill="#555">{text}</text>' for x, y, text in ticks]


def _end(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8", newline="\n")


def deciles(risk: np.ndarray, truth: np.ndarray) -> list[tuple[float, float]]:
    """Mean forecast and mean truth of each tenth of the persons."""
    order = np.argsort(risk, kind="stable")
    return [(float(risk[rows].mean()), float(truth[rows].mean())) for rows in np.array_split(order, 10)]


def write_calibration(path: Path, title: str, risk: np.ndarray, truth: np.ndarray, names: list[str]) -> None:
    """Forecast against truth at five years by tenths of the persons, both on log scales: a line per outcome."""
    low, high = np.log10(LOW), 0.0
    ticks = []
    for power in (-3, -2, -1, 0):
        text = f"{100 * 10.0**power:g} %"
        ticks.append((_place(power, low, high, up=False), SIZE - MARGIN + 16, text))
        ticks.append((MARGIN - 24, _place(power, low, high, up=True) + 4, text))
    lines = _frame(f"Calibration at five years: {title}"[:70], "forecast", "true risk", ticks)
    ends = [_place(value, low, high, up=up) for value, up in ((low, False), (low, True), (high, False), (high, True))]
    lines.append(f'<path d="M{ends[0]} {ends[1]}L{ends[2]} {ends[3]}" stroke="#aaa" stroke-dasharray="4 3"/>')
    for o, name in enumerate(names):
        if truth[:, o].mean() > 0.6 or truth[:, o].max() > 1.001:
            continue
        points = [tuple(np.log10(np.clip(pair, LOW, 1.0))) for pair in deciles(risk[:, o], truth[:, o])]
        places = [f"{_place(x, low, high, up=False)},{_place(y, low, high, up=True)}" for x, y in points]
        colour = COLOURS[o % len(COLOURS)]
        lines.append(f'<polyline points="{" ".join(places)}" fill="none" stroke="{colour}" stroke-opacity="0.8">'
                     f"<title>{name}</title></polyline>")  # fmt: skip
    _end(path, lines)


def write_coverage(path: Path, title: str, coverage: list[dict]) -> None:
    """Coverage of the 90 % intervals by tenth of the forecast, with its own interval and the band of the gate."""
    low, high = 0.6, 1.0
    ticks = [
        (MARGIN - 22, _place(value, low, high, up=True) + 4, f"{100 * value:g} %")
        for value in (0.6, 0.7, 0.8, 0.9, 1.0)
    ]
    places = [_place(cell["decile"], 0, 11, up=False) for cell in coverage]
    ticks += [(x, SIZE - MARGIN + 16, str(cell["decile"])) for x, cell in zip(places, coverage, strict=True)]
    lines = _frame(
        f"Coverage at five years: {title}"[:70], "tenth of the forecast", "intervals that hold the truth", ticks
    )
    top, bottom = _place(0.94, low, high, up=True), _place(0.86, low, high, up=True)
    lines.append(f'<rect x="{MARGIN}" y="{top}" width="{SIZE - 2 * MARGIN}" height="{round(bottom - top, 1)}" '
                 'fill="#588157" fill-opacity="0.15"/>')  # fmt: skip
    for x, cell in zip(places, coverage, strict=True):
        value, least, most = (_place(min(max(each, low), high), low, high, up=True) for each in cell["coverage"])
        lines.append(
            f'<path d="M{x} {least}V{most}" stroke="#1b6ca8"/><circle cx="{x}" cy="{value}" r="3" fill="#1b6ca8"/>'
        )
    _end(path, lines)
