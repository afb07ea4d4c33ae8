#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a profile (configs/devices/README.md) of what other tools write: kernel tables of nn-Meter (the JSON of its
profiler, or CSV with the columns kernel,HW,CIN,COUT,KERNEL_SIZE,STRIDES,latency), ncnn's benchncnn, TFLite's benchmark_model.

Example: scripts/import_profile.py benchncnn.txt > profile.csv
Networks that configs/networks/ lacks and kernels that a profile has no word for are left out, and named on standard error."""
import argparse
import csv
import io
import json
import pathlib
import re
import sys

NETWORKS = pathlib.Path(__file__).resolve().parent.parent / "configs" / "networks"
NCNN = re.compile(r"^\s*(\S+)\s+min\s*=\s*([0-9.]+)\s+max\s*=\s*([0-9.]+)\s+avg\s*=\s*([0-9.]+)\s*$")
NCNN_NAMES = {"squeezenet": "squeezenet1_1", "alexnet": "alexnet_caffe", "mobilenet": "mobilenet_v1", "mobilenet_v3": "mobilenet_v3_large", "efficientnet_b0": "efficientnet_b0"}
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


COLUMNS = ["op", "network", "batch", "in", "out", "size", "kernel", "stride", "m", "operands", "latency_ms"]


def nn_meter_tables(text):
    """(kernel, its configuration, latency in ms) of nn-Meter's profiler or a table like it."""
    try:
        for kernel, entries in json.loads(text).items():
            for entry in entries.values():
                if "latency" in entry:
                    yield kernel, entry.get("config", {}), float(str(entry["latency"]).split("+-")[0])
        return
    except (ValueError, AttributeError):
        pass
    rows = csv.DictReader(io.StringIO(text))
    if not rows.fieldnames or not {"kernel", "HW", "CIN", "latency"} <= set(rows.fieldnames):
        return
    for row in rows:
        yield row["kernel"], row, float(row["latency"])


def kernel_row(kernel, config):
    """The columns of a profile, or nothing."""
    size, channels = (int(config.get(key) or 1) for key in ("HW", "CIN"))
    out = int(config.get("COUT") or channels)
    window = {"in": channels, "out": out, "size": size, "kernel": int(config.get("KERNEL_SIZE") or 1), "stride": int(config.get("STRIDES") or 1)}
    if kernel.startswith("dwconv"):
        return {"op": "depthwise"} | window | {"out": channels}
    if kernel.startswith("conv"):
        return {"op": "conv"} | window
    if kernel.startswith("fc"):
        return {"op": "linear", "m": 1, "in": channels, "out": out}
    vector = {"m": channels, "in": size * size}
    if "pool" in kernel:
        return {"op": "pool"} | vector
    if kernel.startswith(("relu", "hswish", "swish", "sigmoid", "bn", "add")):
        return {"op": "elementwise", "operands": 2 if kernel.startswith("add") else 1} | vector
    return None


def network_rows(text):
    known = {file.stem for file in NETWORKS.glob("*.yaml")}
    for network, time in list(ncnn_rows(text)) or list(tflite_rows(text)):
        yield network, {"op": "network", "network": network} if network in known else None, time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path, help="what the tool wrote")
    text = parser.parse_args().file.read_text(errors="replace")
    rows = [(kernel, kernel_row(kernel, config), time) for kernel, config, time in nn_meter_tables(text)] or list(network_rows(text))
    if not rows:
        sys.exit("import_profile.py: found no time of nn-Meter, ncnn's benchmark or TFLite's benchmark_model")
    out = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    out.writeheader()
    for name, row, time in rows:
        if row:
            out.writerow({"batch": 1} | row | {"latency_ms": f"{time:g}"})
        else:
            print(f"left out: {name}", file=sys.stderr)


if __name__ == "__main__":
    main()
