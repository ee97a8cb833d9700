"""One training step of BitText's image model in plain PyTorch, timed: the peer of `deno task bench --model vit`.

Reads {"layers", "dim", "heads", "ffn", "image_size", "channels", "patch", "classes", "batch", "ternary", "threads",
"seconds"} from standard input and prints {"torch", "results": [{"threads", "ms"}]}; ms is the median over single
steps. Same architecture (pre-norm ViT with a class token, GELU, biases), sizes, quantizers and optimizer as BitText's.
"""

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
    def __init__(self, inputs, outputs, ternary):
        super().__init__(inputs, outputs)
        self.ternary = ternary
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x):
        if not self.ternary:
            return F.linear(x, self.weight, self.bias)
        return F.linear(quantize_activation(x), quantize_weight(self.weight), self.bias)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, ffn, ternary = c["dim"], c["ffn"], c["ternary"]
        self.heads = c["heads"]
        self.before, self.after = nn.LayerNorm(dim, eps=1e-12), nn.LayerNorm(dim, eps=1e-12)
        self.qkv = BitLinear(dim, 3 * dim, ternary)
        self.out = BitLinear(dim, dim, ternary)
        self.up, self.down = BitLinear(dim, ffn, ternary), BitLinear(ffn, dim, ternary)

    def forward(self, x, first_only):
        B, T, C = x.shape
        split = lambda y: y.view(B, -1, self.heads, C // self.heads).transpose(1, 2)
        q, k, v = (split(y) for y in self.qkv(self.before(x)).chunk(3, dim=-1))
        # Of what the deepest block makes, only the class token is read.
        if first_only:
            q, x = q[:, :, :1], x[:, :1]
        y = (q @ k.transpose(-2, -1) / math.sqrt(C // self.heads)).softmax(-1) @ v
        x = x + self.out(y.transpose(1, 2).reshape(x.shape))
        return x + self.down(F.gelu(self.up(self.after(x))))


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, patch = c["dim"], c["patch"]
        tokens = (c["image_size"] // patch) ** 2 + 1
        self.patches = nn.Conv2d(c["channels"], dim, patch, stride=patch)
        self.token = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, tokens, dim) * 0.02)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(dim, eps=1e-12)
        self.head = nn.Linear(dim, c["classes"])

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(len(x), -1, -1), x), dim=1) + self.positions
        for index, block in enumerate(self.blocks):
            x = block(x, index == len(self.blocks) - 1)
        return self.head(self.norm(x[:, 0]))


def measure(c, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = Model(c)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    images = torch.randn(c["batch"], c["channels"], c["image_size"], c["image_size"])
    labels = torch.randint(c["classes"], (c["batch"],))

    def step():
        loss = F.cross_entropy(model(images), labels)
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


config = json.load(sys.stdin)
results = [measure(config, threads) for threads in config["threads"]]
print(json.dumps({"torch": torch.__version__, "results": results}))
