"""The model with a cache that forgets: reads a stream in chunks, and trims every layer to a budget after each."""
import copy
import torch
from torch.nn import functional as F
from model import rotate, turns

SINKS = 4   # always kept, within the budget, whatever the policy

# What each policy keeps the most of; statistics have the shape (kv heads, length).
POLICIES = {
    "heavy hitter, sum": lambda s: s.total,
    "heavy hitter, sum/lifetime": lambda s: s.total / s.lifetime,
    "last query": lambda s: s.last,
    "recency": lambda s: s.place.float(),
    "random": lambda s: torch.rand(s.place.shape, generator=s.chance),
}

class Store:
    """Keys, values and attention statistics of one layer."""

    def __init__(self, kv_heads, size, chance):
        self.keys, self.values = torch.zeros(kv_heads, 0, size), torch.zeros(kv_heads, 0, size)
        self.total, self.lifetime, self.last = (torch.zeros(kv_heads, 0) for _ in range(3))
        self.place, self.chance = torch.zeros(kv_heads, 0, dtype=torch.long), chance

    def append(self, keys, values, places):
        grow = lambda old, new: torch.cat([old, new], 1)
        self.keys, self.values = grow(self.keys, keys), grow(self.values, values)
        self.place = grow(self.place, places.expand(len(keys), -1))
        zeros = torch.zeros(keys.shape[:2])
        self.total, self.lifetime, self.last = grow(self.total, zeros), grow(self.lifetime, zeros), zeros

    def observe(self, weights):
        """weights: (kv heads, queries, length), the mean over the query heads of a group."""
        queries = weights.shape[1]
        self.total, self.last = self.total + weights.sum(1), weights[:, -1]
        new = torch.arange(queries, 0, -1.0)    # a new key is seen by itself and by the queries after it
        old = self.lifetime[:, :-queries] + queries
        self.lifetime = torch.cat([old, new.expand(len(old), -1)], 1)

    def trim(self, policy, budget, recent):
        length = self.place.shape[1]
        if length <= budget:
            return
        score = POLICIES[policy](self).clone()
        score[:, -recent:] = torch.inf
        score[self.place < SINKS] = torch.inf
        kept = score.topk(budget, 1).indices.sort(1).values
        for name in ("total", "lifetime", "last", "place"):
            setattr(self, name, getattr(self, name).gather(1, kept))
        wide = kept[..., None].expand(-1, -1, self.keys.shape[-1])
        self.keys, self.values = self.keys.gather(1, wide), self.values.gather(1, wide)

class Cached:
    """Reads ids and returns their logits; budget: (tokens that each key-value head keeps, of which always the most recent)."""

    def __init__(self, model, seed=0):
        c, chance = model.config, torch.Generator().manual_seed(seed)
        self.model, self.seen = model, 0
        self.stores = [Store(c["num_key_value_heads"], c["head_dim"], chance) for _ in model.model.layers]

    def copy(self):
        twin = copy.copy(self)
        twin.stores = [copy.copy(store) for store in self.stores]    # tensors are replaced, never changed in place
        return twin

    def read(self, ids, policy=None, budget=(), chunk=64):
        return torch.cat([self.step(part, policy, budget) for part in ids.split(chunk)])

    def step(self, ids, policy, budget):
        c, n = self.model.config, len(ids)
        places = torch.arange(self.seen, self.seen + n)
        cos, sin = turns(places, c["head_dim"], c["rope_theta"])
        x, group = self.model.model.embed_tokens(ids)[None], c["num_attention_heads"] // c["num_key_value_heads"]
        for layer, store in zip(self.model.model.layers, self.stores):
            q, k, v = layer.self_attn.qkv(layer.input_layernorm(x), cos, sin)
            store.append(k[0], v[0], places)
            visible = store.place[:, None, None, :] <= places[None, None, :, None]
            scores = q[0].unflatten(0, (-1, group)) @ store.keys[:, None].mT * c["head_dim"] ** -0.5
            weights = scores.masked_fill(~visible, -torch.inf).softmax(-1)
            x = x + layer.self_attn.o_proj((weights @ store.values[:, None]).flatten(0, 1).transpose(0, 1).flatten(1))[None]
            x = x + layer.mlp(layer.post_attention_layernorm(x))
            store.observe(weights.mean(1))
            if policy:
                store.trim(policy, *budget)
        self.seen += n
        return F.linear(self.model.model.norm(x), self.model.model.embed_tokens.weight)[0]

    def trim(self, policy, budget):
        for store in self.stores:
            store.trim(policy, *budget)
