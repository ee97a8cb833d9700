"""What the PyTorch peers share: quantizers, BitLinear, and the timing of a step. Goes before each of their scripts."""

import json
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def quantize_weight(w):
    scale = w.abs().mean().clamp(min=1e-5)
    q = (w / scale).round().clamp(-1, 1) * scale
    return w + (q - w).detach()


def quantize_activation(x):
    scale = 127 / x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5)
    q = (x * scale).round().clamp(-128, 127) / scale
    return x + (q - x).detach()


class BitLinear(nn.Linear):
    def __init__(self, inputs, outputs, ternary, bias=False):
        super().__init__(inputs, outputs, bias=bias)
        self.ternary = ternary
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x):
        if not self.ternary:
            return F.linear(x, self.weight, self.bias)
        return F.linear(quantize_activation(x), quantize_weight(self.weight), self.bias)


def measure(c, threads, make):
    """Median of the time of a step; `make` gives the model and the function of its loss."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model, loss_of = make(c)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)

    def step():
        loss = loss_of()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + c["seconds"]
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    return {"threads": threads, "ms": statistics.median(times)}


def answer(make):
    config = json.load(sys.stdin)
    results = [measure(config, threads, make) for threads in config["threads"]]
    print(json.dumps({"torch": torch.__version__, "results": results}))
