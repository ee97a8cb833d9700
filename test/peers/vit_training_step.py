"""One training step of BitText's image model in plain PyTorch, timed: the peer of `deno task bench --model vit`.

Reads {"layers", "dim", "heads", "ffn", "image_size", "channels", "patch", "classes", "batch", "ternary", "threads",
"seconds"} from standard input and prints {"torch", "results": [{"threads", "ms"}]}; ms is the median over single
steps. Same architecture (pre-norm ViT with a class token, GELU, biases), sizes, quantizers and optimizer as BitText's.

Runs behind shared.py.
"""


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        dim, ffn, ternary = c["dim"], c["ffn"], c["ternary"]
        self.heads = c["heads"]
        self.before, self.after = nn.LayerNorm(dim, eps=1e-12), nn.LayerNorm(dim, eps=1e-12)
        self.qkv = BitLinear(dim, 3 * dim, ternary, bias=True)
        self.out = BitLinear(dim, dim, ternary, bias=True)
        self.up, self.down = BitLinear(dim, ffn, ternary, bias=True), BitLinear(ffn, dim, ternary, bias=True)

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


def make(c):
    model = Model(c)
    images = torch.randn(c["batch"], c["channels"], c["image_size"], c["image_size"])
    labels = torch.randint(c["classes"], (c["batch"],))
    return model, lambda: F.cross_entropy(model(images), labels)


answer(make)
