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

    # All layers for the T tokens of a step in which each sequence has one piece: (T, D) -> (T, D), and the signals of all pieces. Columns and
    # pieces are as attend takes them, those of the first layer first, and so are the signals.
    def step(self, x: Tensor, layers: List[__torch__.Layer], cos: Tensor, sin: Tensor, columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        signals : List[Tensor] = []
        held = len(columns) // len(layers)
        described = len(pieces) // len(layers)
        for index in range(len(layers)):
            layer = layers[index]
            own = columns[index * held:(index + 1) * held]
            query, key, value = self.project(x, layer, cos, sin, own[0].size(0))
            attended, seen = self.attend(query, key, value, own, pieces[index * described:(index + 1) * described])
            x = self.finish(x, attended, layer)
            signals.extend(seen)
        return (x, signals)

    # Queries (T, H, G, S), keys and values (T, H, S); queries and keys rotated by cos and sin (T, 1, S) as Hugging Face lays them out.
    def project(self, x: Tensor, layer: __torch__.Layer, cos: Tensor, sin: Tensor, kv_heads: int) -> Tuple[Tensor, Tensor, Tensor]:
        size = cos.size(-1)
        heads = layer.query_key_value.apply(torch.rms_norm(x, [x.size(-1)], layer.attention_norm, layer.epsilon)).view([x.size(0), -1, size])
        rotated = heads.size(1) - kv_heads
        turning = heads[:, :rotated]
        turned = turning * cos + torch.cat([-turning[:, :, size // 2:], turning[:, :, :size // 2]], -1) * sin
        queries = rotated - kv_heads
        return (turned[:, :queries].view([x.size(0), kv_heads, -1, size]), turned[:, queries:], heads[:, rotated:])

    # Attends piece by piece: some tokens of one sequence, for which its cache has claimed room. Of each piece, columns has the keys, values,
    # positions and importance, and pieces six numbers: which token of the step is its first, how many there are, the slot and the position of the
    # first, R, and its wishes. Returns (T, H * G * S), and the signals that the pieces wish for: attention weights (H, t, R), queries (H, t * G, S).
    def attend(self, query: Tensor, key: Tensor, value: Tensor, columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        attended : List[Tensor] = []
        signals : List[Tensor] = []
        for piece in range(len(pieces) // 6):
            keys, values, positions, importance = columns[4 * piece:4 * piece + 4]
            first, tokens, slot, seen, rows, wishes = pieces[6 * piece:6 * piece + 6]
            asking = query[first:first + tokens].transpose(0, 1)
            keys[:, slot:slot + tokens].copy_(key[first:first + tokens].transpose(0, 1))
            values[:, slot:slot + tokens].copy_(value[first:first + tokens].transpose(0, 1))
            positions[:, slot:slot + tokens].copy_(torch.arange(seen, seen + tokens, dtype=3, device=keys.device))
            weights, out = self.attention(asking, torch.to(keys[:, :rows], 6), torch.to(values[:, :rows], 6), slot)
            attended.append(out)
            # Wishes: 1 to have the attention that each row received added to its importance, 2 for the weights, 4 for the queries.
            if wishes % 4 != 0:
                # The mean of the query heads: additions of whole rows are faster than a reduction over so few.
                received = weights[:, :, 0].clone()
                for head in range(1, weights.size(2)):
                    received.add_(weights[:, :, head])
                received.div_(weights.size(2))
                if wishes % 2 == 1:
                    if tokens == 1:
                        importance[:, :rows].add_(received[:, 0])
                    else:
                        importance[:, :rows].add_(torch.sum(received, [1], dtype=7))
                else:
                    signals.append(received)
            if wishes >= 4:
                signals.append(asking.reshape([keys.size(0), -1, keys.size(2)]))
        if len(attended) == 1:
            joined = attended[0]
        else:
            joined = torch.cat(attended)
        return (joined, signals)

    # Queries (H, t, G, S) of the tokens at slot and after, over keys and values (H, R, S): weights (H, t, G, R) and (t, H * G * S).
    def attention(self, query: Tensor, keys: Tensor, values: Tensor, slot: int) -> Tuple[Tensor, Tensor]:
        kv_heads, tokens, group, size = query.size()
        asking = (query * size ** -0.5).reshape([kv_heads, -1, size])
        # From four rows up a product gives a row the same bits whatever the number of rows: fewer are repeated.
        while asking.size(1) < 4:
            asking = torch.cat([asking, asking], 1)
        scores = torch.matmul(asking, keys.transpose(1, 2)).view([kv_heads, -1, group, keys.size(1)])
        # A token sees itself and those before it. What follows the newest in its block is unused.
        later = torch.ones([scores.size(1), keys.size(1) - slot], dtype=11, device=keys.device).triu(1)
        scores[:, :, :, slot:].masked_fill_(later.unsqueeze(1), -inf)
        weights = torch.softmax(scores, -1)
        out = torch.matmul(weights.view([kv_heads, -1, keys.size(1)]), values).view([kv_heads, -1, group, size])
        return (weights[:, :tokens], out[:, :tokens].transpose(0, 1).reshape([tokens, -1]))

    # What follows attention: (T, D) -> (T, D).
    def finish(self, x: Tensor, attended: Tensor, layer: __torch__.Layer) -> Tensor:
        y = x + layer.attention_out.apply(attended)
        gate, up = layer.gate_up.apply(torch.rms_norm(y, [y.size(-1)], layer.ffn_norm, layer.epsilon)).chunk(2, -1)
        return y + layer.down.apply(torch.silu(gate) * up)

    # Logits (T, V).
    def head(self, x: Tensor, norm: Tensor, head: __torch__.Linear, epsilon: float) -> Tensor:
        return head.apply(torch.rms_norm(x, [x.size(-1)], norm, epsilon))

    # For measuring: the products of all layers alone, and attention alone.
    def products(self, x: Tensor, attended: Tensor, inner: Tensor, layers: List[__torch__.Layer]) -> Tensor:
        for layer in layers:
            projected = layer.query_key_value.apply(x)
            out = layer.attention_out.apply(attended)
            wide = layer.gate_up.apply(x)
            narrow = layer.down.apply(inner)
        return x

    def over(self, query: Tensor, keys: List[Tensor], values: List[Tensor], rows: List[int]) -> Tensor:
        found = torch.zeros([1, query.numel()], dtype=6, device=query.device)
        for index in range(len(rows)):
            held = rows[index]
            weights, out = self.attention(query, torch.to(keys[index][:, :held], 6), torch.to(values[index][:, :held], 6), held - 1)
            found = found + out
        return found
