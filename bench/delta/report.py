#!/usr/bin/env python3
"""Turns the lines of run.sh into tables, and with --json FILE into figures for others.

Usage: report.py [--version TEXT] [--json FILE] ENGINE... <RESULTS     (ours is the first engine)

Lines, separated by tabs; "cost" is patch bytes, CPU seconds and peak KiB to create, the same two to apply:
    file PAIR CLASS ARCHITECTURE FILE NEW_BYTES ENGINE cost
    package PAIR CLASS ARCHITECTURE PACKAGE DOWNLOAD_BYTES cost cost     (all of it; without documentation)
"""
import argparse
import json
import math
import os
import sys

CLASSES = ("local", "many", "profiled")
WORTH_A_MEAN = (100_000, 2_000)  # size of the new file, of the best peer's patch: more than these
LARGE = 1_000_000
MAY_BE_LARGER = 96  # bytes
SMALL_PACKAGE, ALL_PACKAGES = 50, 15  # goals: how many times less than the download


def cost(fields):
    return {"patch_bytes": int(fields[0]),
            "create_cpu_s": float(fields[1]), "create_peak_kib": int(fields[2]),
            "apply_cpu_s": float(fields[3]), "apply_peak_kib": int(fields[4])}


def read(lines):
    files, packages = {}, []
    for line in lines:
        kind, pair, group, architecture, name, size, *rest = line.rstrip("\n").split("\t")
        entry = {"pair": pair, "class": group, "architecture": architecture}
        if kind == "file":
            file = files.setdefault((pair, name), {**entry, "file": name, "new_bytes": int(size), "engines": {}})
            file["engines"][rest[0]] = cost(rest[1:])
        else:
            packages.append({**entry, "package": name, "download_bytes": int(size),
                             "whole": cost(rest[:5]), "without_documentation": cost(rest[5:])})
    return list(files.values()), packages


def add_ratios(files, ours):
    for file in files:
        peers = {name: figures["patch_bytes"] for name, figures in file["engines"].items() if name != ours}
        file["best_peer"] = min(peers, key=peers.get) if peers else None
        file["ratio"] = None
        if peers and ours in file["engines"]:
            file["ratio"] = file["engines"][ours]["patch_bytes"] / peers[file["best_peer"]]


def best_bytes(file):
    return file["engines"][file["best_peer"]]["patch_bytes"]


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def means(files):
    rows = []
    counted = [f for f in files if f["ratio"] and f["new_bytes"] > WORTH_A_MEAN[0] and best_bytes(f) > WORTH_A_MEAN[1]]
    for architecture in sorted({f["architecture"] for f in files}):
        for group in (*CLASSES, "all"):
            ratios = [f["ratio"] for f in counted
                      if f["architecture"] == architecture and group in ("all", f["class"])]
            if ratios:
                rows.append({"architecture": architecture, "class": group, "files": len(ratios),
                             "geometric_mean": geometric_mean(ratios), "best": min(ratios), "worst": max(ratios)})
    return rows


def table(title, head, rows):
    """The first column to the left, the others to the right."""
    cells = [head] + [[text(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        line = [row[0].ljust(widths[0])] + [value.rjust(width) for value, width in zip(row[1:], widths[1:])]
        print("  ".join(line).rstrip())


def text(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def label(file):
    return f"{file['pair']} {os.path.basename(file['file'])}"


def mib(kib):
    return None if kib is None else round(kib / 1024)


def print_sizes(files, engines):
    rows = [[label(f), f["new_bytes"], *(f["engines"].get(e, {}).get("patch_bytes") for e in engines), f["ratio"]]
            for f in files]
    table("Patch bytes", ["file", "new size", *engines, "ours/best peer"], rows)


def print_costs(files, engines):
    for act in ("create", "apply"):
        rows = []
        for f in files:
            row = [label(f)]
            for e in engines:
                figures = f["engines"].get(e, {})
                row += [figures.get(f"{act}_cpu_s"), mib(figures.get(f"{act}_peak_kib"))]
            rows.append(row)
        table(f"To {act}: CPU seconds, peak memory", ["file"] + [f"{e} {unit}" for e in engines for unit in ("s", "MiB")], rows)

    rows = []
    for e in engines:
        had = [f for f in files if e in f["engines"]]
        if not had:
            continue
        megabytes = sum(f["new_bytes"] for f in had) / 1e6
        figures = [f["engines"][e] for f in had]
        times = max((f["engines"][e]["create_peak_kib"] * 1024 / f["new_bytes"] for f in had if f["new_bytes"] > LARGE), default=None)
        rows.append([e, len(had), sum(x["patch_bytes"] for x in figures),
                     sum(x["create_cpu_s"] for x in figures) / megabytes, mib(max(x["create_peak_kib"] for x in figures)), times,
                     sum(x["apply_cpu_s"] for x in figures) / megabytes, mib(max(x["apply_peak_kib"] for x in figures))])
    table("Each program over all files it was run on",
          ["program", "files", "patch bytes", "create s/MB", "peak MiB", "times the file*", "apply s/MB", "peak MiB"], rows)
    print(f"* peak memory to create / size of the file, the most of files above {LARGE:,} bytes")


def print_means(rows):
    table(f"Ours / best peer of the file, geometric mean over files above {WORTH_A_MEAN[0]:,} bytes whose best peer needs "
          f"more than {WORTH_A_MEAN[1]:,}",
          ["class", "architecture", "files", "mean", "best", "worst"],
          [[r["class"], r["architecture"], r["files"], r["geometric_mean"], r["best"], r["worst"]] for r in rows])


def print_larger(files, ours):
    larger = [f for f in files if f["ratio"] and f["engines"][ours]["patch_bytes"] > best_bytes(f) + MAY_BE_LARGER]
    print(f"\nFiles where ours is larger than the best peer's + {MAY_BE_LARGER} bytes: {len(larger)}")
    for f in larger:
        print(f"  {label(f)}: {f['engines'][ours]['patch_bytes']}, {f['best_peer']} {best_bytes(f)}")
    failed = [f for f in files if ours not in f["engines"]]
    if failed:
        print(f"NOT REBUILT by ours: {', '.join(map(label, failed))}")
    unmatched = [f for f in files if f["best_peer"] is None]
    if unmatched:
        print(f"Files that no peer was run on, in no mean: {', '.join(map(label, unmatched))}")


def print_packages(packages):
    rows = []
    for p in packages:
        row = [p["pair"], p["class"], p["architecture"], p["download_bytes"]]
        for part in ("whole", "without_documentation"):
            row += [p[part]["patch_bytes"], p["download_bytes"] / p[part]["patch_bytes"]]
        rows.append(row + [p["whole"]["create_cpu_s"], mib(p["whole"]["create_peak_kib"]),
                           p["whole"]["apply_cpu_s"], mib(p["whole"]["apply_peak_kib"])])
    table("Whole packages: one patch for the folder, and how many times less than the download; the same without documentation",
          ["pair", "class", "architecture", "download", "all of it", "times less", "without", "times less",
           "create s", "MiB", "apply s", "MiB"], rows)
    for architecture in sorted({p["architecture"] for p in packages}):
        had = [p for p in packages if p["architecture"] == architecture]
        local = [p for p in had if p["class"] == "local"]
        for part in ("whole", "without_documentation"):
            small = [p for p in local if p[part]["patch_bytes"] * SMALL_PACKAGE <= p["download_bytes"]]
            times = sum(p["download_bytes"] for p in had) / sum(p[part]["patch_bytes"] for p in had)
            print(f"{architecture}, {part.replace('_', ' ')}: {len(small)} of {len(local)} local fixes at most 1/{SMALL_PACKAGE} "
                  f"of the download; all together 1/{times:.1f} (goal 1/{ALL_PACKAGES})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="+")
    parser.add_argument("--version", default="")
    parser.add_argument("--json")
    given = parser.parse_args()
    ours = given.engines[0]
    files, packages = read(sys.stdin)
    add_ratios(files, ours)
    rows = means(files)
    print(given.version)
    if files:
        print_sizes(files, given.engines)
        print_costs(files, given.engines)
    if packages:
        print_packages(packages)
    if rows:
        print_means(rows)
    if files and len(given.engines) > 1:
        print_larger(files, ours)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as out:
            json.dump({"version": given.version, "engines": given.engines, "files": files, "packages": packages,
                       "means": rows}, out, indent=1)
            out.write("\n")


main()
