"""Grows a checkpoint into a larger one that computes the same function: training goes on where the small one stopped.

usage: grow.py SMALL_DIR TOKENIZER_DIR OUT_DIR [hidden_size=256 intermediate_size=704 num_attention_heads=8 num_hidden_layers=6 ...]
New channels, heads and feed-forward units read something and write nothing yet; a new layer is the identity;
a new token starts as the mean of the two that it joins (only this changes what the model says).
"""
import json, math, pathlib, sys
import torch
import model as llama

def widened(w, rows, columns, fill):
    """`w` in the upper left corner; new rows and columns as `fill` says."""
    new = torch.zeros(rows, columns) if fill == 0 else torch.randn(rows, columns) * fill
    new[:w.shape[0], :w.shape[1]] = w
    return new

def grow(small, config):
    old, large = small.config, llama.Llama(config)
    weights, source = large.state_dict(), small.state_dict()
    shrink = math.sqrt(old["hidden_size"] / config["hidden_size"])   # zeros in new channels lower the mean square
    size, kv = old["head_dim"], old["num_key_value_heads"]
    for name, w in source.items():
        shape = weights[name].shape
        if name == "model.embed_tokens.weight":
            weights[name][:len(w)] = widened(w, len(w), shape[1], 0)
        elif w.dim() == 1:
            weights[name] = torch.cat([w, torch.ones(shape[0] - len(w))]) * shrink
        elif "down_proj" in name:
            weights[name] = widened(w, *shape, 0)
        elif "q_proj" in name:      # new heads join each group: (kv heads, heads of a group, head_dim)
            new = torch.randn(kv, config["num_attention_heads"] // kv, size, shape[1]) * w.std()
            new[:, :old["num_attention_heads"] // kv, :, :w.shape[1]] = w.view(kv, -1, size, w.shape[1])
            weights[name] = new.flatten(0, 2)
        elif "o_proj" in name:
            new = torch.zeros(shape[0], kv, config["num_attention_heads"] // kv, size)
            new[:w.shape[0], :, :old["num_attention_heads"] // kv] = w.view(w.shape[0], kv, -1, size)
            weights[name] = new.flatten(1)
        else:
            weights[name] = widened(w, *shape, w.std())
    large.load_state_dict(weights)
    return large

def name_new_tokens(model, tokenizer, known):
    vocab, embedding = tokenizer["model"]["vocab"], model.model.embed_tokens.weight
    with torch.no_grad():
        for merge in tokenizer["model"]["merges"]:
            a, b = merge.split(" ")
            if vocab[a + b] >= known:
                embedding[vocab[a + b]] = (embedding[vocab[a]] + embedding[vocab[b]]) / 2

if __name__ == "__main__":
    torch.manual_seed(3)
    small, tokenizer = llama.load(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2], "tokenizer.json").read_text("utf-8"))
    changes = {k: int(v) for k, v in (s.split("=") for s in sys.argv[4:])}
    large = grow(small, small.config | {"vocab_size": len(tokenizer["model"]["vocab"])} | changes)
    ids = torch.randint(4, small.config["vocab_size"], (1, 64))
    with torch.no_grad():
        difference = (small(ids) - large(ids)[..., :small.config["vocab_size"]]).abs().max().item()
    name_new_tokens(large, tokenizer, small.config["vocab_size"])
    llama.save(large, sys.argv[3])
    print(sum(w.numel() for w in large.parameters()), "parameters; largest difference of a logit", difference)
