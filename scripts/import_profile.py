#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a profile (configs/devices/README.md) of what other tools write: kernel tables of nn-Meter (the JSON of its
profiler, or CSV with the columns kernel,HW,CIN,COUT,KERNEL_SIZE,STRIDES,latency), ncnn's benchncnn, TFLite's benchmark_model.

Example: scripts/import_profile.py benchncnn.txt --name yolov4-tiny=my_yolo.yaml > profile.csv
Networks that configs/networks/ lacks, kernels that a profile has no word for and times that are none are left out, and
named on standard error."""
import argparse
import csv
import io
import json
import math
import pathlib
import re
import sys

NETWORKS = pathlib.Path(__file__).resolve().parent.parent / "configs" / "networks"
COLUMNS = ["op", "network", "batch", "in", "out", "size", "kernel", "stride", "m", "operands", "latency_ms"]
NUMBER = r"([-+0-9.eEinfa]+)"
NCNN = re.compile(r"^\s*(\S+)\s+min\s*=\s*\S+\s+max\s*=\s*\S+\s+avg\s*=\s*" + NUMBER + r"\s*$")
# Of 2019 to now: "Graph: [FILE]" or "Loaded model FILE"; "Inference (avg): T", "Inference: T" or "no stats: T", microseconds
TFLITE_GRAPH = re.compile(r"(?:Graph: \[([^\]]+)\]|Loaded model (\S+))")
TFLITE_TIME = re.compile(r"nference timings in us: .*(?:Inference \(avg\)|Inference|no stats): " + NUMBER)
KNOWN = re.compile(r"dwconv|conv|fc|.*pool|relu|hswish|swish|sigmoid|bn|add")  # kernels that a profile has a word for
# What the tools call networks of configs/networks/, by their whole names.
NAMES = {"squeezenet": "squeezenet1_1", "alexnet": "alexnet_caffe", "mobilenet": "mobilenet_v1", "mobilenet_v3": "mobilenet_v3_large",
         "mobilenet_v1_1.0_224": "mobilenet_v1", "mobilenet_v2_1.0_224": "mobilenet_v2", "mobilenet-v3-large_224_1.0_float": "mobilenet_v3_large",
         "v3-large_224_1.0_float": "mobilenet_v3_large", "mobilenet-v3-small_224_1.0_float": "mobilenet_v3_small",
         "v3-small_224_1.0_float": "mobilenet_v3_small"}


def milliseconds(text, scale=1.0):
    """A time greater than 0, or nothing."""
    try:
        time = float(str(text).split("+-")[0]) * scale
    except ValueError:
        return None
    return time if math.isfinite(time) and time > 0 else None


def ncnn_rows(text):
    for line in text.splitlines():
        if found := NCNN.match(line):
            yield found[1], milliseconds(found[2])


def tflite_rows(text):
    graph = None
    for line in text.splitlines():
        if found := TFLITE_GRAPH.search(line):
            graph = pathlib.PurePosixPath(found[1] or found[2]).name.removesuffix(".tflite")
        if (found := TFLITE_TIME.search(line)) and graph:
            yield graph, milliseconds(found[1], 1e-3)


def nn_meter_json(tables):
    """(kernel, its configuration, latency in ms) of nn-Meter's profiler."""
    for kernel, entries in tables.items():
        for entry in (entries.values() if isinstance(entries, dict) else entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and "latency" in entry:
                yield kernel, entry.get("config", {}), milliseconds(entry["latency"])


def nn_meter_rows(text, file):
    if text.lstrip().startswith("{"):
        try:
            tables = json.loads(text)
        except ValueError as error:
            sys.exit(f"import_profile.py: {file}: damaged JSON: {error}")
        yield from nn_meter_json(tables)
        return
    rows = csv.DictReader(io.StringIO(text))
    if {"kernel", "HW", "CIN", "latency"} <= set(rows.fieldnames or []):
        for row in rows:
            yield row["kernel"] or "", row, milliseconds(row["latency"])


def kernel_row(kernel, config):
    """The columns of a profile; ValueError for sizes that are none."""
    def size(key, fallback=0):
        found = config.get(key)
        count = int(fallback if found in (None, "") else found)
        if count < 1:
            raise ValueError(key)
        return count

    side, channels = size("HW", 1 if kernel.startswith("fc") else 0), size("CIN")
    out, stride = size("COUT", channels), size("STRIDES", 1)
    window = {"in": channels, "out": out, "size": side, "kernel": size("KERNEL_SIZE", 1), "stride": stride}
    if kernel.startswith("dwconv"):
        return {"op": "depthwise"} | window | {"out": channels}
    if kernel.startswith("conv"):
        return {"op": "conv"} | window
    if kernel.startswith("fc"):
        return {"op": "linear", "m": 1, "in": channels, "out": out}
    vector = {"m": channels, "in": side * side}
    if "pool" in kernel:  # a global one leaves one element of its image
        return {"op": "pool"} | vector | {"stride": side if "global" in kernel else size("POOL_STRIDES", stride)}
    return {"op": "elementwise", "operands": 2 if kernel.startswith("add") else 1} | vector


def network_row(name, names):
    network = names.get(name, name)
    known = name in names or (NETWORKS / f"{network}.yaml").is_file()
    return {"op": "network", "network": network} if known else None


def renamed(pairs):
    names = dict(NAMES)
    for pair in pairs:
        theirs, equals, ours = pair.partition("=")
        if not equals or not theirs or not ours:
            sys.exit(f"import_profile.py: --name {pair}: expected THEIRS=OURS")
        names[theirs] = ours
    return names


def found_rows(text, file, names):
    """(what it is called, its columns or None, its time or None)"""
    for kernel, config, time in nn_meter_rows(text, file):
        try:
            yield kernel, kernel_row(kernel, config) if KNOWN.match(kernel) else None, time
        except (ValueError, TypeError, AttributeError):
            yield f"{kernel} {config}", None, time
    for network, time in [*ncnn_rows(text), *tflite_rows(text)]:
        yield network, network_row(network, names), time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path, help="what the tool wrote")
    parser.add_argument("--name", action="append", default=[], metavar="THEIRS=OURS", help="what a network is called here: a name or a network file (repeatable)")
    options = parser.parse_args()
    try:
        text = options.file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        sys.exit(f"import_profile.py: {options.file}: {error.strerror}")
    rows = list(found_rows(text, options.file, renamed(options.name)))
    if not rows:
        sys.exit("import_profile.py: found no time of nn-Meter, ncnn's benchmark or TFLite's benchmark_model")
    for name, row, time in rows:
        if row is None or time is None:
            print(f"left out: {name}{'' if time else ': no time greater than 0'}", file=sys.stderr)
    kept = [(row, time) for _, row, time in rows if row and time]
    if not kept:
        sys.exit("import_profile.py: nothing is left")
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    for row, time in kept:
        out.writerow({"batch": 1} | row | {"latency_ms": f"{time:g}"})


if __name__ == "__main__":
    main()
