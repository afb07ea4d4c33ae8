#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/import_profile.py makes of the formats it knows."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "import_profile.py"
HEADER = "op,network,batch,in,out,size,kernel,stride,m,operands,latency_ms\n"


def imported(text):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "in"
        file.write_text(text)
        done = subprocess.run([sys.executable, SCRIPT, file], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr


CASES = [
    ("        mobilenet  min =   10.00  max =   12.00  avg =   11.50\n       nothing_of_ours  min = 1.00  max = 1.00  avg = 1.00\n",
     (0, HEADER + "network,mobilenet_v1,1,,,,,,,,11.5\n", "left out: nothing_of_ours\n")),
    ("Graph: [/data/mobilenet_v2.tflite]\nInference timings in us: Init: 5, First inference: 9, Warmup (avg): 8, Inference (avg): 12345.5\n",
     (0, HEADER + "network,mobilenet_v2,1,,,,,,,,12.3455\n", "")),
    ('{"conv-bn-relu": {"a1": {"config": {"HW": 28, "CIN": 32, "COUT": 64, "KERNEL_SIZE": 3, "STRIDES": 2}, "latency": "4.25 +- 0.1"}},'
     ' "dwconv-bn-relu": {"b": {"config": {"HW": 14, "CIN": 96, "KERNEL_SIZE": 5, "STRIDES": 1}, "latency": 0.5}},'
     ' "channelshuffle": {"c": {"config": {"HW": 14, "CIN": 96}, "latency": 0.25}}}',
     (0, HEADER + "conv,,1,32,64,28,3,2,,,4.25\ndepthwise,,1,96,96,14,5,1,,,0.5\n", "left out: channelshuffle\n")),
    ("kernel,HW,CIN,COUT,KERNEL_SIZE,STRIDES,latency\nfc,1,1280,1000,,,0.75\nadd,28,32,,,,0.125\n",
     (0, HEADER + "linear,,1,1280,1000,,,,1,,0.75\nelementwise,,1,784,,,,,32,2,0.125\n", "")),
    ("nothing\n", (1, "", "import_profile.py: found no time of nn-Meter, ncnn's benchmark or TFLite's benchmark_model\n")),
]

for text, expected in CASES:
    found = imported(text)
    if found != expected:
        sys.exit(f"of\n{text}\nexpected\n{expected}\nfound\n{found}")
