#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the rows of a profile (configs/devices/README.md) on a device that PyTorch runs on: the columns of
`dyad-profile`, for GPUs too (times by CUDA events). A network is run as `dyad-profile --save resnet50.pt resnet50` wrote
it beside the rows (with batch 8: `--save resnet50_b8.pt resnet50 8`). What cannot run here is named on standard error.

Example: dyad profile my_gpu --design -o design.csv && scripts/profile_torch.py design.csv --device cuda --precision fp16 --name my_gpu > profile.csv"""
import argparse
import csv
import math
import pathlib
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as functional
except ImportError:
    sys.exit("profile_torch.py: needs PyTorch (import torch failed)")

PRECISIONS = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16, "int8": torch.int8}
MOST = 1 << 24
OPS = ["conv", "depthwise", "linear", "matmul", "elementwise", "softmax", "normalisation", "pool"]
COLUMNS = ["latency_ms", "spread_ms", "calls", "threads", "pinned", "device", "precision"]


class BadRow(Exception):
    pass


def count(row, column, fallback=None):
    cell = row.get(column) or fallback
    if not str(cell).isdecimal() or not 1 <= int(cell) <= MOST:
        raise BadRow(f"{column}: expected a whole number from 1 to {MOST}, got '{'' if cell is None else cell}'")
    return int(cell)


def network(row, folder, options):
    """The network as it was saved, operator by operator: nothing is fused."""
    batch = count(row, "batch", 1) * options.batch
    name = pathlib.Path(row["network"] or "").stem
    file = folder / f"{name}{'' if batch == 1 else f'_b{batch}'}.pt"
    if not file.is_file():
        raise RuntimeError(f"no {file}: `dyad-profile --save {file} {row['network']} {batch}` writes it")
    module = torch.jit.load(str(file), map_location=options.device).to(dtype=PRECISIONS[options.precision])
    for node in module.graph.findAllNodes("prim::Constant"):  # where operators make tensors of their own
        if str(node.output().type()) == "Device":
            node.s_("value", options.device)
    inputs = [tensor for buffer, tensor in module.named_buffers() if buffer.startswith("input")]

    def run():
        with torch.jit.optimized_execution(False):
            module(*inputs)

    return run


def quantised(row, scale, device):
    """Convolutions and linear layers of 8-bit integers, by the kernels of PyTorch's quantisation (on CUDA: the product alone)."""
    op, batch = row["op"], count(row, "batch", 1) * scale
    if device.startswith("cuda") and op == "linear":
        a = torch.ones(batch * count(row, "m", 1), count(row, "in"), dtype=torch.int8, device=device)
        b = torch.ones(count(row, "in"), count(row, "out"), dtype=torch.int8, device=device)
        return lambda: torch._int_mm(a, b)
    if device.startswith("cuda") or op not in ("conv", "depthwise", "linear"):
        raise RuntimeError("no int8 kernel")

    def make(kind):
        return lambda *shape: torch.quantize_per_tensor(torch.randn(*shape), 0.05, 0, kind)

    inputs, weights, ops = make(torch.quint8), make(torch.qint8), torch.ops.quantized
    if op == "linear":
        x = inputs(batch * count(row, "m", 1), count(row, "in"))
        packed = ops.linear_prepack(weights(count(row, "out"), count(row, "in")), None)
        return lambda: ops.linear(x, packed, 0.1, 0)
    channels, side, stride = count(row, "in"), count(row, "kernel"), count(row, "stride", 1)
    groups = groups_of(row)
    x = inputs(batch, channels, count(row, "size"), count(row, "size")).contiguous(memory_format=torch.channels_last)
    packed = ops.conv2d_prepack(weights(count(row, "out"), channels // groups, side, side), None, [stride] * 2, [side // 2] * 2, [1, 1], groups)
    return lambda: ops.conv2d(x, packed, 0.1, 0)


def groups_of(row):
    channels, groups = count(row, "in"), count(row, "groups", count(row, "in") if row["op"] == "depthwise" else 1)
    if channels % groups or count(row, "out") % groups:
        raise BadRow("groups must divide the channels")
    return groups


def kernel(row, make, scale):
    """What the row asks for, as a call without arguments; None for what a profile has no word for."""
    op, batch = row["op"], count(row, "batch", 1) * scale
    if op not in OPS:
        return None
    if op in ("conv", "depthwise"):
        channels, out, side, groups = count(row, "in"), count(row, "out"), count(row, "kernel"), groups_of(row)
        x, w = make(batch, channels, count(row, "size"), count(row, "size")), make(out, channels // groups, side, side)
        return lambda: functional.conv2d(x, w, None, count(row, "stride", 1), side // 2, 1, groups)
    m, width = count(row, "m", 1), count(row, "in")
    if op == "linear":
        x, w, b = make(batch * m, width), make(count(row, "out"), width), make(count(row, "out"))
        return lambda: functional.linear(x, w, b)
    if op == "matmul":
        a, b = make(batch, m, width), make(batch, width, count(row, "out"))
        return lambda: torch.bmm(a, b)
    x = make(batch * m, width)
    if op == "softmax":
        return lambda: torch.softmax(x, 1)
    if op == "normalisation":
        return lambda: functional.layer_norm(x, (width,))
    if op == "pool":
        side = math.isqrt(width)
        if side * side != width:
            raise BadRow("the elements of a pool row must make a square image")
        image = x.view(1, batch * m, side, side)
        stride = count(row, "stride", 1)
        return lambda: functional.avg_pool2d(image, 3, stride, 1)
    if count(row, "operands", 1) == 1:
        return lambda: torch.relu(x)
    y = make(batch * m, width)
    return lambda: torch.add(x, y)


def prepared(row, options):
    if options.precision == "int8":
        return quantised(row, options.batch, options.device)
    if row["op"] == "network":
        return network(row, pathlib.Path(options.file).parent, options)
    return kernel(row, lambda *shape: torch.randn(*shape, device=options.device).to(PRECISIONS[options.precision]), options.batch)


def once(run, calls, cuda):
    """Seconds of one of `calls` calls in a row."""
    if cuda:
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(calls):
            run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3 / calls
    begin = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - begin) / calls


def measure(run, repetitions, cuda):
    start = time.perf_counter()
    warm = 0
    while warm < 3 or time.perf_counter() - start < 5e-3:
        run()
        warm += 1
    if cuda:
        torch.cuda.synchronize()
    calls = max(1, min(1000, int(200e-6 / max(once(run, 1, cuda), 1e-7))))
    times = sorted(once(run, calls, cuda) for _ in range(repetitions))
    return statistics.median(times), times[len(times) * 3 // 4] - times[len(times) // 4], calls * repetitions


def read_rows(name):
    try:
        with open(name, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        sys.exit(f"profile_torch.py: {name}: {getattr(error, 'strerror', None) or error}")
    if not rows or "op" not in rows[0]:
        sys.exit(f"profile_torch.py: {name}: expected a header with the column op, and rows")
    return rows


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got '{text}'")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="rows to measure: `dyad profile NAME --design`, or any profile")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="of PyTorch: cpu, cuda, cuda:1, ...")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32")
    parser.add_argument("--batch", type=positive, default=1, help="times the batch of each row")
    parser.add_argument("--threads", type=positive, default=1, help="of a CPU")
    parser.add_argument("--repetitions", type=positive, default=15)
    parser.add_argument("--name", default="", help="for the column `device`")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    cuda = options.device.startswith("cuda")
    rows = read_rows(options.file)
    try:
        torch.empty(1, device=options.device)
    except (RuntimeError, AssertionError) as error:
        sys.exit(f"profile_torch.py: --device {options.device}: {str(error).splitlines()[0]}")
    measured = 0
    out = csv.DictWriter(sys.stdout, [c for c in rows[0] if c not in COLUMNS] + COLUMNS, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    with torch.no_grad():
        for number, row in enumerate(rows, 2):
            try:
                run = prepared(row, options)
                if run is None:
                    print(f"left out: {row['op']}", file=sys.stderr)
                    continue
                median, spread, calls = measure(run, options.repetitions, cuda)
            except BadRow as error:
                sys.exit(f"profile_torch.py: {options.file}:{number}: {error}")
            except (RuntimeError, AssertionError) as error:  # no such device, no memory, a precision that the kernel lacks
                told = (str(error).strip() or "failed").splitlines()
                told = told[-1 if "TorchScript" in told[0] else 0]
                print(f"left out: {options.file}:{number}: {row['op']}: {told}", file=sys.stderr)
                continue
            measured += 1
            out.writerow(row | {"batch": count(row, "batch", 1) * options.batch, "latency_ms": f"{median * 1e3:.6g}", "spread_ms": f"{spread * 1e3:.3g}",
                                "calls": calls, "threads": "" if cuda else options.threads, "pinned": "", "device": options.name,
                                "precision": options.precision})
    if measured == 0:
        sys.exit("profile_torch.py: no row could be measured")


if __name__ == "__main__":
    main()
