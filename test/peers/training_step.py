"""One training step of BitText's language model in plain PyTorch, timed: the peer of `deno task bench`.

Reads {"layers", "dim", "heads", "ffn", "vocab", "context", "batch", "ternary", "threads", "seconds"} from
standard input and prints {"torch", "results": [{"threads", "ms"}]}; ms is the median over single steps.
Same architecture (RMS norm, RoPE, sub-norms, SwiGLU), sizes, quantizers and optimizer as BitText's default.

Runs behind shared.py.
"""


class RmsNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def rotate_half(x):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((-b, a), dim=-1)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, ffn, ternary = c["dim"], c["ffn"], c["ternary"]
        self.heads = c["heads"]
        self.input_norm, self.attention_norm = RmsNorm(dim), RmsNorm(dim)
        self.post_norm, self.ffn_norm = RmsNorm(dim), RmsNorm(ffn)
        self.q, self.k, self.v, self.o = (BitLinear(dim, dim, ternary) for _ in range(4))
        self.gate, self.up = BitLinear(dim, ffn, ternary), BitLinear(dim, ffn, ternary)
        self.down = BitLinear(ffn, dim, ternary)

    def forward(self, x, cos, sin, mask):
        B, T, C = x.shape
        h = self.input_norm(x)
        split = lambda y: y.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q, k, v = split(self.q(h)), split(self.k(h)), split(self.v(h))
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // self.heads)
        y = scores.masked_fill(mask, float("-inf")).softmax(-1) @ v
        x = x + self.o(self.attention_norm(y.transpose(1, 2).reshape(B, T, C)))
        h = self.post_norm(x)
        return x + self.down(self.ffn_norm(F.silu(self.gate(h)) * self.up(h)))


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed = nn.Embedding(c["vocab"], c["dim"])
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = RmsNorm(c["dim"])
        self.head = nn.Linear(c["dim"], c["vocab"], bias=False)
        T, D = c["context"], c["dim"] // c["heads"]
        angles = torch.arange(T)[:, None] * 10000.0 ** (-torch.arange(0, D, 2) / D)
        angles = torch.cat((angles, angles), dim=-1)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())
        self.register_buffer("mask", torch.ones(T, T, dtype=torch.bool).triu(1))

    def forward(self, ids):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, self.cos, self.sin, self.mask)
        return self.head(self.norm(x))


def make(c):
    model = Model(c)
    ids = torch.randint(c["vocab"], (c["batch"], c["context"] + 1))
    inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
    return model, lambda: F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


answer(make)
