#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts/import_profile.py makes of the formats it knows."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "import_profile.py"
HEADER = "op,network,batch,in,out,size,kernel,stride,m,operands,latency_ms\n"


def imported(text, options):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "in").write_bytes(text.encode("utf-8"))
        done = subprocess.run([sys.executable, SCRIPT, "in", *options], cwd=folder, capture_output=True, text=True)
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
    # TFLite of 2019 says the mean as "no stats", that of 2020 as "Inference", later ones as "Inference (avg)"; a log of several
    ("Loaded model /data/mobilenet_v1_1.0_224.tflite\nAverage inference timings in us: Warmup: 9.5, Init: 945, no stats: 93943\n"
     "INFO: Graph: [resnet50.tflite]\nAverage inference timings in us: Warmup: 9.5, Init: 945, Inference: 1.39e+06\n"
     "INFO: Graph: [v3-large_224_1.0_float.tflite]\nINFO: Inference timings in us: Init: 5, First inference: 9, Warmup (avg): 8, Inference (avg): nan\n",
     (0, HEADER + "network,mobilenet_v1,1,,,,,,,,93.943\nnetwork,resnet50,1,,,,,,,,1390\n", "left out: v3-large_224_1.0_float: no time greater than 0\n")),
    # a network of one's own by --name; a line cut short is no row
    ("yolov4-tiny  min = 1.00  max = 1.00  avg = 1.25\n  resnet50  min = 3.00  max = 4.00  avg = 3.5.5\n vgg16 min = 3.0 max = 4.0 av",
     (0, HEADER + "network,my_yolo.yaml,1,,,,,,,,1.25\n", "left out: resnet50: no time greater than 0\n"), "--name", "yolov4-tiny=my_yolo.yaml"),
    ("yolov4-tiny  min = 1.00  max = 1.00  avg = 1.25\n", (1, "", "import_profile.py: --name yolo: expected THEIRS=OURS\n"), "--name", "yolo"),
    ("yolov4-tiny  min = 1.00  max = 1.00  avg = 1.25\n", (1, "", "left out: yolov4-tiny\nimport_profile.py: nothing is left\n")),
    # failed measurements cost themselves alone, behind a byte order mark too; pools by what they leave of their image
    ('\ufeff{"conv-bn-relu": {"a": {"config": {"HW": 28, "CIN": 32, "COUT": 64, "KERNEL_SIZE": 3}, "latency": "failed"},'
     ' "b": {"config": {"HW": 28, "CIN": 0, "COUT": 64}, "latency": "1"}, "c": [], "d": {"config": [1], "latency": "1"}},'
     ' "maxpool": {"a": {"config": {"HW": 56, "CIN": 64, "KERNEL_SIZE": 3, "POOL_STRIDES": 2}, "latency": "1.5 +- 0.1"}},'
     ' "global-avgpool": {"a": {"config": {"HW": 7, "CIN": 64}, "latency": "0.5"}}}',
     (0, HEADER + "pool,,1,3136,,,,2,64,,1.5\npool,,1,49,,,,7,64,,0.5\n",
      "left out: conv-bn-relu: no time greater than 0\n"
      "left out: conv-bn-relu {'HW': 28, 'CIN': 0, 'COUT': 64}\nleft out: conv-bn-relu [1]\n")),
    ('{"conv-bn-relu": {"a": {"config": {"HW": 28', (1, "", "import_profile.py: in: damaged JSON: Expecting ',' delimiter: line 1 column 44 (char 43)\n")),
    ("nothing\n", (1, "", "import_profile.py: found no time of nn-Meter, ncnn's benchmark or TFLite's benchmark_model\n")),
]

for text, expected, *options in CASES:
    found = imported(text, options)
    if found != expected:
        sys.exit(f"of\n{text}\nexpected\n{expected}\nfound\n{found}")
