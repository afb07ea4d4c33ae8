#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/profile_torch.py measures, and what it leaves out and says so."""
import csv
import io
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch  # noqa: F401
except ImportError:
    sys.exit(77)

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "profile_torch.py"
NETWORK = "network: tiny\ninput: {x: [6, 8]}\nlayers:\n  - transformer_encoder: {heads: 2, hidden: 16, causal: true}\n  - gather: {indices: [0]}\n"
HEADER = "op,network,batch,in,out,size,kernel,stride,groups,m,operands\n"
ROWS = ("conv,,1,4,8,9,3,2,2,,\ndepthwise,,1,5,5,9,5,1,5,,\nlinear,,1,7,3,,,,,4,\nmatmul,,3,7,5,,,,,4,\nelementwise,,1,33,,,,,,3,2\n"
        "softmax,,1,33,,,,,,3,1\nnormalisation,,1,33,,,,,,3,1\npool,,1,49,,,,,,3,1\nnetwork,tiny.yaml,1,,,,,,,,\n")


def measured(folder, text, *options):
    (folder / "rows.csv").write_text(text)
    done = subprocess.run([sys.executable, SCRIPT, "rows.csv", "--device", "cpu", "--repetitions", "3", *options], cwd=folder, capture_output=True, text=True)
    return done.returncode, list(csv.DictReader(io.StringIO(done.stdout))), done.stderr


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "tiny.yaml").write_text(NETWORK)
    for arguments in (["tiny.pt", "tiny.yaml"], ["tiny_b2.pt", "tiny.yaml", "2"]):
        subprocess.run([sys.argv[1], "--save", *arguments], cwd=folder, check=True)
    code, rows, told = measured(folder, HEADER + ROWS, "--name", "mine")
    check("all rows", (code, len(rows), told), (0, 9, ""))
    check("times", all(float(row["latency_ms"]) > 0 and row["device"] == "mine" and row["precision"] == "fp32" for row in rows), True)
    code, rows, told = measured(folder, HEADER + "network,tiny.yaml,1,,,,,,,,\n", "--batch", "2", "--precision", "bf16")
    check("a network in batches", (code, [row["batch"] for row in rows], told), (0, ["2"], ""))
    code, rows, told = measured(folder, HEADER + ROWS, "--precision", "int8")
    check("8-bit integers", (code, [row["op"] for row in rows]), (0, ["conv", "depthwise", "linear"]))
    check("the others", told.splitlines()[0], "left out: rows.csv:5: matmul: no int8 kernel")
    check("a network that was not saved", measured(folder, HEADER + "network,tiny.yaml,3,,,,,,,,\n"),
          (1, [], "left out: rows.csv:2: network: no tiny_b3.pt: `dyad-profile --save tiny_b3.pt tiny.yaml 3` writes it\n"
                  "profile_torch.py: no row could be measured\n"))
    check("a bad row", measured(folder, HEADER + "conv,,1,6,9,7,3,1,4,,\n")[2], "profile_torch.py: rows.csv:2: groups must divide the channels\n")
