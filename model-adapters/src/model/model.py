"""A Llama-architecture language model, with names and shapes as Hugging Face writes them."""
import json, math, pathlib
import torch
from torch import nn
from torch.nn import functional as F
from safetensors.torch import load_file, save_file

DEFAULTS = dict(
    architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=4096, hidden_size=256, intermediate_size=704,
    num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2, head_dim=64, max_position_embeddings=8192,
    rms_norm_eps=1e-5, rope_theta=500000.0, rope_scaling=None, hidden_act="silu", attention_bias=False,
    mlp_bias=False, tie_word_embeddings=True, bos_token_id=0, eos_token_id=0, torch_dtype="float16")

class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        return F.rms_norm(x.float(), self.weight.shape, self.weight.float(), self.eps).to(x.dtype)

def turns(positions, head_dim, theta):
    """Cosine and sine of the rotary angles, each (..., length, head_dim)."""
    frequency = theta ** (-torch.arange(0, head_dim, 2, device=positions.device).float() / head_dim)
    angle = positions.float()[..., None] * frequency
    angle = torch.cat([angle, angle], -1)
    return angle.cos(), angle.sin()

def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

def attend(q, k, v, block=256):
    """Causal attention. On a CPU, short bf16 sequences go in blocks of queries: a third faster than the fused kernel."""
    n = q.shape[2]
    if q.dtype != torch.bfloat16 or q.is_cuda or n > 1024 or n % block:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    later = torch.full((block, block), -torch.inf, dtype=q.dtype).triu(1)
    out = []
    for at in range(0, n, block):
        scores = (q[:, :, at:at + block] * q.shape[-1] ** -0.5) @ k[:, :, :at + block].mT
        scores = torch.cat([scores[..., :at], scores[..., at:] + later], -1)
        out.append(scores.softmax(-1) @ v[:, :, :at + block])
    return torch.cat(out, 2)

class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv_heads, self.size = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        self.q_proj = nn.Linear(c["hidden_size"], self.heads * self.size, bias=False)
        self.k_proj = nn.Linear(c["hidden_size"], self.kv_heads * self.size, bias=False)
        self.v_proj = nn.Linear(c["hidden_size"], self.kv_heads * self.size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.size, c["hidden_size"], bias=False)

    def qkv(self, x, cos, sin):
        """Turned queries and keys, and values, each (batch, heads, length, head_dim)."""
        split = lambda y: y.unflatten(-1, (-1, self.size)).transpose(1, 2)
        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        return rotate(q, cos, sin), rotate(k, cos, sin), v

    def forward(self, x, cos, sin):
        q, k, v = self.qkv(x, cos, sin)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        return self.o_proj(attend(q, k, v).transpose(1, 2).flatten(2))

class FeedForward(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))

class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = Attention(c), FeedForward(c)
        self.input_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])
        self.post_attention_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))

class Body(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])

class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, self.model = config, Body(config)
        for name, w in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(w)   # each layer starts as the identity
            elif w.dim() == 2:
                nn.init.normal_(w, std=0.02 if "embed" in name else 0.5 / math.sqrt(w.shape[1]))

    def forward(self, ids, positions=None):
        """The logits (batch, length, vocabulary); positions (batch, length) where they are not 0, 1, 2..."""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)[None]
        cos, sin = turns(positions, self.config["head_dim"], self.config["rope_theta"])
        x = self.model.embed_tokens(ids)
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        cos, sin = cos[:, None].to(x.dtype), sin[:, None].to(x.dtype)
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        return F.linear(self.model.norm(x), self.model.embed_tokens.weight)

def load(directory):
    directory = pathlib.Path(directory)
    model = Llama(DEFAULTS | json.loads((directory / "config.json").read_text()))
    model.load_state_dict({k: w.float() for k, w in load_file(directory / "model.safetensors").items()})
    return model

def save(model, directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(model.config, indent=2))
    weights = {k: w.detach().cpu().to(torch.float16).contiguous() for k, w in model.state_dict().items()}
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
