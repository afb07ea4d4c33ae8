#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An accuracy evaluator of one's own, in PyTorch: scores an untrained image classifier by how differently it sees images of noise,
how little a disturbance changes that, and how alike it does for dark and bright ones. Replace scores() by what you know.
    accuracy: {evaluator: command, command: python3 scripts/example_evaluator.py, seeds: 3, timeout: 30 s}"""
import json
import sys
import torch
from torch import nn
torch.set_num_threads(1)  # as many evaluators run as there are workers


def module(kind, keys, size):
    """What the layer does with its inputs; `size` is the shape of the first. What fails here is answered as this network's error."""
    if kind in ("conv", "pool") and not keys.get("global"):
        top, bottom, left, right = keys["pad"]
        padding, window = nn.ZeroPad2d((left, right, top, bottom)), (tuple(keys["kernel"]), tuple(keys["stride"]))
        if kind == "pool":
            return nn.Sequential(padding, nn.AvgPool2d(*window) if keys["type"] == "average" else nn.MaxPool2d(*window))
        return nn.Sequential(padding, nn.Conv2d(size[0], keys["out"], *window, 0, keys["dilation"], keys["groups"], keys["bias"]))
    if kind == "pool":
        return nn.AdaptiveAvgPool2d(1) if keys["type"] == "average" else nn.AdaptiveMaxPool2d(1)
    if kind == "linear":
        return nn.Linear(size[-1], keys["out"], keys["bias"])
    if kind == "batch_norm":
        return nn.BatchNorm2d(size[0]) if len(size) == 3 else nn.BatchNorm1d(size[0])
    if kind == "reshape":
        return lambda x: x.reshape(x.shape[0], *keys["shape"])
    return {"add": lambda *x: sum(x), "mul": torch.mul, "swish": nn.functional.silu}.get(kind) or getattr(nn.functional, kind)


def outputs(network, images, seed):
    torch.manual_seed(seed)  # the same weights each time
    values = {name: images for name in network["input"]}
    for layer in network["layers"]:
        (kind, keys), = layer.items()
        apply = module(kind, keys, network["shapes"][keys["from"][0]][0])
        values[keys["name"]] = apply(*[values[name] for name in keys["from"]])
    return values[keys["name"]]


@torch.no_grad()
def scores(network, seed):
    shape, = (entry["shape"] for entry in network["input"].values())
    images = torch.randn(16, *shape, generator=torch.Generator().manual_seed(seed))
    variants = images, images + 0.3 * images.roll(1, 0), images.clamp(max=0), images.clamp(min=0)
    seen, disturbed, dark, bright = (outputs(network, variant, seed) for variant in variants)
    return {"accuracy": seen.std(0).mean().item(), "robustness": (seen.std() / (disturbed - seen).std()).item(),
            "fairness_gap": (dark.std(0).mean() - bright.std(0).mean()).abs().item()}


print(json.dumps({"protocol": "dyad/accuracy/1", "name": "example"}), flush=True)
for request in map(json.loads, sys.stdin):
    try:
        known = scores(request["network"], request["seed"])
        answer = {"metrics": {name: {"value": known[name], "spread": 0, "unit": "score"} for name in request["metrics"]}}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
