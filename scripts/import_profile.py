#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a profile (configs/devices/README.md) of what other tools print: ncnn's benchncnn, TFLite's benchmark_model.

Example: scripts/import_profile.py benchncnn.txt > profile.csv
Networks that configs/networks/ lacks are left out, and named on standard error."""
import argparse
import csv
import pathlib
import re
import sys

NETWORKS = pathlib.Path(__file__).resolve().parent.parent / "configs" / "networks"
NCNN = re.compile(r"^\s*(\S+)\s+min\s*=\s*([0-9.]+)\s+max\s*=\s*([0-9.]+)\s+avg\s*=\s*([0-9.]+)\s*$")
NCNN_NAMES = {"mobilenet": "mobilenet_v1", "mobilenet_v3": "mobilenet_v3_large", "efficientnet_b0": "efficientnet_b0"}
TFLITE_GRAPH = re.compile(r"Graph: \[([^\]]+)\]")
TFLITE_TIME = re.compile(r"Inference \(avg\): ([0-9.eE+]+)")


def ncnn_rows(text):
    for line in text.splitlines():
        found = NCNN.match(line)
        if found and float(found[4]) > 0:
            yield NCNN_NAMES.get(found[1], found[1]), float(found[4])


def tflite_rows(text):
    graph = None
    for line in text.splitlines():
        found = TFLITE_GRAPH.search(line)
        if found:
            graph = pathlib.Path(found[1]).stem
        found = TFLITE_TIME.search(line)
        if found and graph:
            yield graph, float(found[1]) / 1e3  # microseconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path, help="what the tool printed")
    text = parser.parse_args().file.read_text(errors="replace")
    rows = list(ncnn_rows(text)) or list(tflite_rows(text))
    if not rows:
        sys.exit("import_profile.py: found no time of ncnn's benchmark or TFLite's benchmark_model")
    known = {file.stem for file in NETWORKS.glob("*.yaml")}
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["op", "network", "batch", "latency_ms"])
    for network, time in rows:
        if network in known:
            out.writerow(["network", network, 1, f"{time:g}"])
        else:
            print(f"left out: {network}", file=sys.stderr)


if __name__ == "__main__":
    main()
