# The decoder layer as TorchScript. Kernels.java packs linear.py and this into an archive and calls the methods of Kernels; there is no
# Python at run time.
#
# T tokens of a step, D hidden size, H key-value heads, G query heads for each of them, S numbers in a head,
# R rows of the cache that attention reads: the tokens held, filled up to whole blocks.


# The weights of a layer.
class Layer:
    attention_norm : Tensor
    query_key_value : __torch__.Linear
    attention_out : __torch__.Linear
    ffn_norm : Tensor
    gate_up : __torch__.Linear
    down : __torch__.Linear
    epsilon : float

    def __init__(self, attention_norm: Tensor, query_key_value: __torch__.Linear, attention_out: __torch__.Linear, ffn_norm: Tensor, gate_up: __torch__.Linear, down: __torch__.Linear, epsilon: float) -> NoneType:
        self.attention_norm = attention_norm
        self.query_key_value = query_key_value
        self.attention_out = attention_out
        self.ffn_norm = ffn_norm
        self.gate_up = gate_up
        self.down = down
        self.epsilon = epsilon


class Kernels(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # A matrix (O, I) for products in a precision.
    def pack(self, matrix: Tensor, precision: str) -> __torch__.Linear:
        return self.pack_biased(matrix, None, precision)

    def pack_biased(self, matrix: Tensor, bias: Optional[Tensor], precision: str) -> __torch__.Linear:
        if precision == "f32":
            linear : __torch__.Linear = __torch__.LinearF32(matrix, bias)
        elif precision == "bf16":
            linear : __torch__.Linear = __torch__.LinearBf16(matrix, bias)
        elif precision == "int8":
            linear : __torch__.Linear = __torch__.LinearInt8(matrix, bias)
        else:
            linear : __torch__.Linear = __torch__.LinearInt8Dynamic(matrix, bias, self.activation_levels())
        return linear

    # To how many whole numbers on either side of zero FBGEMM can round activations: on a processor without VNNI it sums pairs of products in
    # 16 bits, which 8-bit activations overflow.
    def activation_levels(self) -> int:
        ones = torch.ones([1, 64])
        largest = __torch__.LinearInt8Dynamic(ones, None, 127).apply(ones)
        if torch.item(torch.lt(torch.abs(largest[0, 0] - 64.), 0.01)):
            levels = 127
        else:
            levels = 63
        return levels

    def linear(self, x: Tensor, linear: __torch__.Linear) -> Tensor:
        return linear.apply(x)

    # A matrix (V, D) of which rows will be read.
    def table(self, matrix: Tensor, precision: str) -> Tensor:
        if precision == "f32":
            table = matrix
        else:
            table = torch.to(matrix, 15)
        return table

    # The rows (T, D) of a matrix (V, D) at T indices, int64.
    def rows(self, matrix: Tensor, indices: Tensor) -> Tensor:
        return torch.to(torch.index_select(matrix, 0, indices), 6)

    def layer(self, attention_norm: Tensor, query_key_value: __torch__.Linear, attention_out: __torch__.Linear, ffn_norm: Tensor, gate_up: __torch__.Linear, down: __torch__.Linear, epsilon: float) -> __torch__.Layer:
        return __torch__.Layer(attention_norm, query_key_value, attention_out, ffn_norm, gate_up, down, epsilon)

    # The whole layer for T tokens that are attended at once: (T, D) -> (T, D), and, as attend has them, the attention weights and queries.
    def whole(self, x: Tensor, layer: __torch__.Layer, cos: Tensor, sin: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, rows: int, observed: bool, asked: bool) -> Tuple[Tensor, Tensor, Tensor]:
        query, key, value = self.project(x, layer, cos, sin, keys.size(0))
        attended, attention, queries = self.attend(query, key, value, keys, values, positions, slot, seen, rows, observed, asked)
        return (self.finish(x, attended, layer), attention, queries)

    # Queries (T, H, G, S), keys and values (T, H, S); queries and keys rotated by cos and sin (T, 1, S) as Hugging Face lays them out.
    def project(self, x: Tensor, layer: __torch__.Layer, cos: Tensor, sin: Tensor, kv_heads: int) -> Tuple[Tensor, Tensor, Tensor]:
        size = cos.size(-1)
        heads = layer.query_key_value.apply(torch.rms_norm(x, [x.size(-1)], layer.attention_norm, layer.epsilon)).view([x.size(0), -1, size])
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
    def finish(self, x: Tensor, attended: Tensor, layer: __torch__.Layer) -> Tensor:
        y = x + layer.attention_out.apply(attended)
        gate, up = layer.gate_up.apply(torch.rms_norm(y, [y.size(-1)], layer.ffn_norm, layer.epsilon)).chunk(2, -1)
        return y + layer.down.apply(torch.silu(gate) * up)

    # Logits (T, V).
    def head(self, x: Tensor, norm: Tensor, head: __torch__.Linear, epsilon: float) -> Tensor:
        return head.apply(torch.rms_norm(x, [x.size(-1)], norm, epsilon))
