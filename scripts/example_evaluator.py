#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An accuracy evaluator of one's own, in PyTorch: scores an untrained image classifier by how differently it sees a batch of
noise (the spread of its outputs). Replace score() by what you know. In an experiment file:
    accuracy: {evaluator: command, command: python3 scripts/example_evaluator.py, seeds: 3, timeout: 30 s}"""
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"relu": F.relu, "relu6": F.relu6, "hardswish": F.hardswish, "swish": F.silu, "gelu": F.gelu,
               "sigmoid": torch.sigmoid, "hardsigmoid": F.hardsigmoid, "tanh": torch.tanh}


def module(kind, keys, sizes):
    """What the layer does with its inputs; `sizes` are the shapes of those."""
    if kind == "conv":
        top, _, left, _ = keys["pad"]  # top, bottom, left, right
        return nn.Conv2d(sizes[0][0], keys["out"], keys["kernel"], keys["stride"], (top, left), keys["dilation"],
                         keys["groups"], keys["bias"])
    if kind == "linear":
        return nn.Linear(sizes[0][-1], keys["out"], keys["bias"])
    if kind == "batch_norm":
        return nn.BatchNorm2d(sizes[0][0]) if len(sizes[0]) == 3 else nn.BatchNorm1d(sizes[0][0])
    if kind == "pool" and keys.get("global"):
        return nn.AdaptiveAvgPool2d(1) if keys["type"] == "average" else nn.AdaptiveMaxPool2d(1)
    if kind == "pool":
        pool = nn.AvgPool2d if keys["type"] == "average" else nn.MaxPool2d
        return pool(tuple(keys["kernel"]), tuple(keys["stride"]), (keys["pad"][0], keys["pad"][2]))
    if kind == "reshape":
        return lambda x: x.reshape(x.shape[0], *keys["shape"])
    if kind in ("add", "mul"):
        return (lambda *x: sum(x)) if kind == "add" else (lambda x, y: x * y)
    return ACTIVATIONS[kind]  # a KeyError is answered as this candidate's error


def score(network, seed):
    torch.manual_seed(seed)
    shapes = network["shapes"]
    values = {name: torch.randn(16, *shape["shape"]) for name, shape in network["input"].items()}
    with torch.no_grad():
        for layer in network["layers"]:
            (kind, keys), = layer.items()
            layer_of = module(kind, keys, [shapes[name][0] for name in keys["from"]])
            values[keys["name"]] = layer_of(*[values[name] for name in keys["from"]])
    return values[keys["name"]].std(0).mean().log().item()


print(json.dumps({"protocol": "dyad/accuracy/1", "name": "example"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        value = score(request["network"], request["seed"])
        answer = {"metrics": {"accuracy": {"value": value, "spread": 0, "unit": "score"}}}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
