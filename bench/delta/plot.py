#!/usr/bin/env python3
"""Draws the figures of run.sh --json as an SVG: a row for each file, its patches and the package's download on a log scale.

Usage: plot.py FIGURES.json [SVG]      (standard output without SVG)

Files of less than 100 KB, or where every program needs less than 2 KB, are left out.
"""
import json
import math
import os
import sys
from xml.sax.saxutils import escape

SERIES = (("interlude", "#1f77b4", 5), ("bsdiff", "#d62728", 4), ("zstd", "#2ca02c", 4), ("download", "#7f7f7f", 4))
NAMES = {"interlude": "ours", "bsdiff": "bsdiff", "zstd": "zstd --patch-from", "download": "download of the package"}
CLASSES = {"local": "few functions changed", "many": "many fixes at once, or a new version",
           "profiled": "laid out by a profile"}
MACHINES = {"amd64": "x86-64", "arm64": "AArch64"}
LEFT, RIGHT, WIDTH, ROW, TOP = 250, 30, 860, 17, 60


def bytes_text(value):
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} B"


def rows_of(figures):
    """(heading, None) or (name, sizes by series), class by class, the best ratio first."""
    downloads = {p["pair"]: p["download_bytes"] for p in figures["packages"]}
    rows = []
    for architecture in sorted({f["architecture"] for f in figures["files"]}):
        for group in CLASSES:
            files = [f for f in figures["files"] if f["architecture"] == architecture and f["class"] == group
                     and f["ratio"] and f["new_bytes"] > 100_000
                     and f["engines"][f["best_peer"]]["patch_bytes"] > 2_000]
            if not files:
                continue
            rows.append((f"{MACHINES.get(architecture, architecture)}: {CLASSES[group]}", None))
            for f in sorted(files, key=lambda f: f["ratio"]):
                sizes = {name: cost["patch_bytes"] for name, cost in f["engines"].items()}
                if f["pair"] in downloads:
                    sizes["download"] = downloads[f["pair"]]
                rows.append((os.path.basename(f["file"]), sizes))
    return rows


def draw(figures):
    rows = rows_of(figures)
    values = [v for _, sizes in rows if sizes for v in sizes.values()]
    if not values:
        sys.exit("plot.py: no file in these figures has a patch of a peer that is large enough")
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    height = TOP + ROW * len(rows) + 45

    def x(value):
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-weight="bold">Bytes of a patch, each file by itself</text>']
    bottom = TOP + ROW * len(rows)
    for power in range(low, high + 1):
        at = x(10 ** power)
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 10}" y2="{bottom}" stroke="#ddd"/>')
        for y in (TOP - 15, bottom + 14):
            out.append(f'<text x="{at:.1f}" y="{y}" text-anchor="middle">{bytes_text(10 ** power)}</text>')
    for number, (name, sizes) in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        if sizes is None:
            out.append(f'<rect x="0" y="{y - ROW / 2 + 1:.1f}" width="{WIDTH}" height="{ROW - 2}" fill="#f2f2f2"/>')
            out.append(f'<text x="8" y="{y + 4:.1f}" font-weight="bold">{escape(name)}</text>')
            continue
        out.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        drawn = [sizes[key] for key, _, _ in SERIES if key in sizes]
        out.append(f'<line x1="{x(min(drawn)):.1f}" x2="{x(max(drawn)):.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        for key, colour, radius in reversed(SERIES):
            if key in sizes:
                out.append(f'<circle cx="{x(sizes[key]):.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}">'
                           f'<title>{escape(NAMES[key])}: {sizes[key]}</title></circle>')
    for number, (key, colour, radius) in enumerate(SERIES):
        at = 60 + 200 * number
        out.append(f'<circle cx="{at}" cy="{bottom + 33}" r="{radius}" fill="{colour}"/>'
                   f'<text x="{at + 12}" y="{bottom + 37}">{NAMES[key]}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__.strip())
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            figures = json.load(file)
        picture = draw(figures)
    except (OSError, ValueError, KeyError) as problem:
        sys.exit(f"plot.py: {sys.argv[1]}: {problem!r}")
    if len(sys.argv) == 3:
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            out.write(picture)
    else:
        sys.stdout.write(picture)


main()
