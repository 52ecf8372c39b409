# The decoder layer as TorchScript. Kernels.java packs these methods into an archive and calls them; there is no Python at run time.
#
# T tokens of a step, D hidden size, H key-value heads, G query heads for each of them, S numbers in a head,
# R rows of the cache that attention reads: the tokens held, filled up to whole blocks.
# weights of a layer: [0] attention norm, [1] query, key and value, [2] attention out, [3] feed-forward norm, [4] gate and up, [5] down;
# matrices as pack() returns them.


# A matrix in oneDNN's own layout. Its products, unlike MKL's, give a row the same bits whatever the number of rows.
def pack(self, matrix: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(matrix, None)


def linear(self, x: Tensor, packed: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, packed, None, "none", [], "")


# The whole layer for T tokens that are attended at once: (T, D) -> (T, D), and, as attend has them, the attention weights and queries.
def layer(self, x: Tensor, weights: List[Tensor], cos: Tensor, sin: Tensor, epsilon: float, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, rows: int, observed: bool, asked: bool) -> Tuple[Tensor, Tensor, Tensor]:
    query, key, value = self.project(x, weights, cos, sin, epsilon, keys.size(0))
    attended, attention, queries = self.attend(query, key, value, keys, values, positions, slot, seen, rows, observed, asked)
    return (self.finish(x, attended, weights, epsilon), attention, queries)


# Queries (T, H, G, S), keys and values (T, H, S); queries and keys rotated by cos and sin (T, 1, S) as Hugging Face lays them out.
def project(self, x: Tensor, weights: List[Tensor], cos: Tensor, sin: Tensor, epsilon: float, kv_heads: int) -> Tuple[Tensor, Tensor, Tensor]:
    size = cos.size(-1)
    heads = self.linear(torch.rms_norm(x, [x.size(-1)], weights[0], epsilon), weights[1]).view([x.size(0), -1, size])
    rotated = heads.size(1) - kv_heads
    turning = heads[:, :rotated]
    turned = turning * cos + torch.cat([-turning[:, :, size // 2:], turning[:, :, :size // 2]], -1) * sin
    queries = rotated - kv_heads
    return (turned[:, :queries].view([x.size(0), kv_heads, -1, size]), turned[:, queries:], heads[:, rotated:])


# Appends T tokens to the cache at slot, the first of them at position seen, and attends to all that is held: (T, H * G * S),
# the attention weights (H, T, R) if they are observed, and the queries (H, T * G, S) if they are asked for. The cache may be float16.
def attend(self, query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, rows: int, observed: bool, asked: bool) -> Tuple[Tensor, Tensor, Tensor]:
    tokens = query.size(0)
    kv_heads = keys.size(0)
    size = keys.size(2)
    places = torch.arange(seen, seen + tokens, dtype=3, device=keys.device)
    keys[:, slot:slot + tokens].copy_(key.transpose(0, 1))
    values[:, slot:slot + tokens].copy_(value.transpose(0, 1))
    positions[:, slot:slot + tokens].copy_(places)
    asking = query.transpose(0, 1)
    # From four rows up a product gives a row the same bits whatever the number of rows: fewer are repeated.
    while asking.size(1) * asking.size(2) < 4:
        asking = torch.cat([asking, asking], 1)
        places = torch.cat([places, places])
    scores = torch.matmul(asking.reshape([kv_heads, -1, size]), torch.to(keys[:, :rows], 6).transpose(1, 2)) * size ** -0.5
    hidden = positions[:, :rows].unsqueeze(1) > places.view([1, -1, 1])
    scores = scores.view([kv_heads, places.size(0), -1, rows]).masked_fill_(hidden.unsqueeze(2), -inf)
    attention = torch.softmax(scores, -1)
    out = torch.matmul(attention.view([kv_heads, -1, rows]), torch.to(values[:, :rows], 6)).view([kv_heads, places.size(0), -1, size])
    attended = out[:, :tokens].transpose(0, 1).reshape([tokens, -1])
    if observed:
        seen_by = torch.mean(attention[:, :tokens], [2])
    else:
        seen_by = attended
    if asked:
        asked_by = query.transpose(0, 1).reshape([kv_heads, -1, size])
    else:
        asked_by = attended
    return (attended, seen_by, asked_by)


# What follows attention: (T, D) -> (T, D).
def finish(self, x: Tensor, attended: Tensor, weights: List[Tensor], epsilon: float) -> Tensor:
    y = x + self.linear(attended, weights[2])
    gate, up = self.linear(torch.rms_norm(y, [y.size(-1)], weights[3], epsilon), weights[4]).chunk(2, -1)
    return y + self.linear(torch.silu(gate) * up, weights[5])


# The rows (T, D) of a matrix (V, D) at T indices, int64.
def rows(self, matrix: Tensor, indices: Tensor) -> Tensor:
    return torch.index_select(matrix, 0, indices)


# Logits (T, V).
def head(self, x: Tensor, norm: Tensor, packed: Tensor, epsilon: float) -> Tensor:
    return self.linear(torch.rms_norm(x, [x.size(-1)], norm, epsilon), packed)
