# The decoder layer as TorchScript. Kernels.java packs linear.py and this into an archive and calls the methods of Kernels; there is no
# Python at run time.
#
# T tokens of a step, D hidden size, H key-value heads, G query heads for each of them, S numbers in a head,
# R rows of the cache that attention reads: the tokens held, filled up to whole blocks.


# What measures a row and multiplies it by weights: (..., D) to (..., D).
class Norm(Interface):
    def apply(self, x: Tensor) -> Tensor:
        pass


class NoNorm:
    def __init__(self) -> NoneType:
        pass

    def apply(self, x: Tensor) -> Tensor:
        return x


class RmsNorm:
    weight : Tensor
    epsilon : float

    def __init__(self, weight: Tensor, epsilon: float) -> NoneType:
        self.weight = weight
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        return torch.rms_norm(x, [x.size(-1)], self.weight, self.epsilon)


class LayerNorm:
    weight : Tensor
    bias : Tensor
    epsilon : float

    def __init__(self, weight: Tensor, bias: Tensor, epsilon: float) -> NoneType:
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        return torch.layer_norm(x, [x.size(-1)], self.weight, self.bias, self.epsilon)


# Of queries and keys (T, heads, S), each head by itself; weight (heads, S).
class EachHeadNorm:
    weight : Tensor
    epsilon : float

    def __init__(self, weight: Tensor, epsilon: float) -> NoneType:
        self.weight = weight
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        return torch.rms_norm(x, [x.size(-1)], None, self.epsilon) * self.weight


# The same, all query heads together and all key heads together.
class WideHeadNorm:
    query : Tensor
    key : Tensor
    epsilon : float

    def __init__(self, query: Tensor, key: Tensor, epsilon: float) -> NoneType:
        self.query = query
        self.key = key
        self.epsilon = epsilon

    def apply(self, x: Tensor) -> Tensor:
        queries = self.query.size(0)
        keys = self.key.size(0)
        flat = torch.flatten(x, 1, 2)
        query = torch.rms_norm(flat[:, :queries], [queries], self.query, self.epsilon)
        key = torch.rms_norm(flat[:, queries:], [keys], self.key, self.epsilon)
        return torch.cat([query, key], 1).view(x.size())


# What follows attention in a layer: (T, D) to (T, D). products: only its matrices, with what is inside, to be measured.
class FeedForward(Interface):
    def apply(self, x: Tensor) -> Tensor:
        pass

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        pass


class Gated:
    gate_up : __torch__.Linear
    down : __torch__.Linear
    activation : str

    def __init__(self, gate_up: __torch__.Linear, down: __torch__.Linear, activation: str) -> NoneType:
        self.gate_up = gate_up
        self.down = down
        self.activation = activation

    def apply(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up.apply(x).chunk(2, -1)
        activation = self.activation
        if activation == "silu":
            opened = torch.silu(gate)
        elif activation == "gelu":
            opened = torch.gelu(gate)
        else:
            opened = torch.gelu(gate, approximate="tanh")
        return self.down.apply(opened * up)

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        wide = self.gate_up.apply(x)
        return self.down.apply(inner)


class Plain:
    up : __torch__.Linear
    down : __torch__.Linear
    activation : str

    def __init__(self, up: __torch__.Linear, down: __torch__.Linear, activation: str) -> NoneType:
        self.up = up
        self.down = down
        self.activation = activation

    def apply(self, x: Tensor) -> Tensor:
        inner = self.up.apply(x)
        activation = self.activation
        if activation == "silu":
            opened = torch.silu(inner)
        elif activation == "gelu":
            opened = torch.gelu(inner)
        else:
            opened = torch.gelu(inner, approximate="tanh")
        return self.down.apply(opened)

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        wide = self.up.apply(x)
        return self.down.apply(inner)


# Some feed-forward networks of which each token meets the few that the router finds fittest, and perhaps one that all meet. The rows of an
# expert are padded to four, from where on a product gives a row the same bits whatever the number of rows.
class Experts:
    router : __torch__.Linear
    experts : List[__torch__.FeedForward]
    chosen : int
    normalized : bool
    shared : Optional[__torch__.FeedForward]
    share : Optional[__torch__.Linear]

    def __init__(self, router: __torch__.Linear, chosen: int, normalized: bool) -> NoneType:
        self.router = router
        self.experts = annotate(List[__torch__.FeedForward], [])
        self.chosen = chosen
        self.normalized = normalized
        self.shared = None
        self.share = None

    def add(self, expert: __torch__.FeedForward) -> NoneType:
        self.experts.append(expert)

    def add_shared(self, expert: __torch__.FeedForward, share: __torch__.Linear) -> NoneType:
        self.shared = expert
        self.share = share

    def apply(self, x: Tensor) -> Tensor:
        likely, which = torch.topk(torch.softmax(self.router.apply(x), -1), self.chosen)
        if self.normalized:
            likely = likely / torch.sum(likely, [-1], True)
        out = torch.zeros_like(x)
        for index in range(len(self.experts)):
            places = torch.nonzero(torch.eq(which, index))
            count = places.size(0)
            if count > 0:
                tokens = places[:, 0]
                rows = torch.index_select(x, 0, tokens)
                while rows.size(0) < 4:
                    rows = torch.cat([rows, rows])
                said = self.experts[index].apply(rows)[:count]
                out.index_add_(0, tokens, said * likely[tokens, places[:, 1]].unsqueeze(1))
        shared = self.shared
        share = self.share
        if shared is not None and share is not None:
            out = out + torch.sigmoid(share.apply(x)) * shared.apply(x)
        return out

    def products(self, x: Tensor, inner: Tensor) -> Tensor:
        out = self.router.apply(x)
        for index in range(self.chosen):
            out = self.experts[index].products(x, inner)
        return out


# A layer: its weights, and what its family decides.
class Layer:
    attention_norm : __torch__.Norm
    query_key_value : __torch__.Linear
    head_norm : __torch__.Norm
    attention_out : __torch__.Linear
    after_attention : __torch__.Norm
    ffn_norm : __torch__.Norm
    ffn : __torch__.FeedForward
    after_ffn : __torch__.Norm
    parallel : bool
    scale : float
    cap : float
    window : int
    rotation : int

    def __init__(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool, scale: float, cap: float, window: int, rotation: int) -> NoneType:
        self.attention_norm = attention_norm
        self.query_key_value = query_key_value
        self.head_norm = head_norm
        self.attention_out = attention_out
        self.after_attention = after_attention
        self.ffn_norm = ffn_norm
        self.ffn = ffn
        self.after_ffn = after_ffn
        self.parallel = parallel
        self.scale = scale
        self.cap = cap
        self.window = window
        self.rotation = rotation


class Kernels(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # A matrix (O, I) for products in a precision.
    def pack(self, matrix: Tensor, precision: str) -> __torch__.Linear:
        return self.pack_biased(matrix, None, precision)

    def pack_biased(self, matrix: Tensor, bias: Optional[Tensor], precision: str) -> __torch__.Linear:
        if matrix.is_cuda:
            if precision == "f32":
                dtype = 6
            else:
                dtype = 15
            linear : __torch__.Linear = __torch__.LinearPlain(matrix, bias, dtype)
        elif precision == "f32":
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

    def no_norm(self) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.NoNorm()
        return norm

    def rms_norm(self, weight: Tensor, epsilon: float) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.RmsNorm(weight, epsilon)
        return norm

    def layer_norm(self, weight: Tensor, bias: Tensor, epsilon: float) -> __torch__.Norm:
        norm : __torch__.Norm = __torch__.LayerNorm(weight, bias, epsilon)
        return norm

    # Of queries and keys: weights of one head each, or of all.
    def head_norm(self, query: Tensor, key: Tensor, wide: bool, heads: int, kv_heads: int, epsilon: float) -> __torch__.Norm:
        if wide:
            norm : __torch__.Norm = __torch__.WideHeadNorm(query, key, epsilon)
        else:
            weight = torch.cat([query.expand([heads, -1]), key.expand([kv_heads, -1])])
            norm : __torch__.Norm = __torch__.EachHeadNorm(weight, epsilon)
        return norm

    def gated(self, gate_up: __torch__.Linear, down: __torch__.Linear, activation: str) -> __torch__.FeedForward:
        ffn : __torch__.FeedForward = __torch__.Gated(gate_up, down, activation)
        return ffn

    def plain(self, up: __torch__.Linear, down: __torch__.Linear, activation: str) -> __torch__.FeedForward:
        ffn : __torch__.FeedForward = __torch__.Plain(up, down, activation)
        return ffn

    def experts(self, router: __torch__.Linear, chosen: int, normalized: bool) -> __torch__.Experts:
        return __torch__.Experts(router, chosen, normalized)

    def add_expert(self, experts: __torch__.Experts, expert: __torch__.FeedForward) -> __torch__.Experts:
        added = experts.add(expert)
        return experts

    def add_shared(self, experts: __torch__.Experts, expert: __torch__.FeedForward, share: __torch__.Linear) -> __torch__.Experts:
        added = experts.add_shared(expert, share)
        return experts

    def layer(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool, scale: float, cap: float, window: int, rotation: int) -> __torch__.Layer:
        return __torch__.Layer(attention_norm, query_key_value, head_norm, attention_out, after_attention, ffn_norm, ffn, after_ffn, parallel, scale, cap, window, rotation)

    # All layers for the T tokens of a step in which each sequence has one piece: (T, D) -> (T, D), and the signals of all pieces. Columns and
    # pieces are as attend takes them, those of the first layer first, and so are the signals.
    def step(self, x: Tensor, layers: List[__torch__.Layer], rotations: List[Tensor], columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        signals : List[Tensor] = []
        held = len(columns) // len(layers)
        described = len(pieces) // len(layers)
        for index in range(len(layers)):
            layer = layers[index]
            own = columns[index * held:(index + 1) * held]
            query, key, value = self.project(x, layer, rotations, own[0].size(0), own[0].size(2))
            attended, seen = self.attend(query, key, value, layer, own, pieces[index * described:(index + 1) * described])
            x = self.finish(x, attended, layer)
            signals.extend(seen)
        return (x, signals)

    # Queries (T, H, G, S), keys and values (T, H, S). Rotations are cosines and sines (T, 1, what is rotated of a head), those of the first kind
    # first: queries and keys are rotated as Hugging Face lays them out, unless there are none.
    def project(self, x: Tensor, layer: __torch__.Layer, rotations: List[Tensor], kv_heads: int, size: int) -> Tuple[Tensor, Tensor, Tensor]:
        heads = layer.query_key_value.apply(layer.attention_norm.apply(x)).view([x.size(0), -1, size])
        rotated = heads.size(1) - kv_heads
        turning = layer.head_norm.apply(heads[:, :rotated])
        if len(rotations) == 0:
            turned = turning
        else:
            cos = rotations[2 * layer.rotation]
            sin = rotations[2 * layer.rotation + 1]
            part = cos.size(-1)
            if part == size:
                turned = turning * cos + torch.cat([-turning[:, :, size // 2:], turning[:, :, :size // 2]], -1) * sin
            else:
                first = turning[:, :, :part]
                swapped = torch.cat([-first[:, :, part // 2:], first[:, :, :part // 2]], -1)
                turned = torch.cat([first * cos + swapped * sin, turning[:, :, part:]], -1)
        queries = rotated - kv_heads
        return (turned[:, :queries].view([x.size(0), kv_heads, -1, size]), turned[:, queries:], heads[:, rotated:])

    # Attends piece by piece: some tokens of one sequence, for which its cache has claimed room. Of each piece, columns has the keys, values,
    # positions and importance, and pieces six numbers: which token of the step is its first, how many there are, the slot and the position of the
    # first, R, and its wishes. Returns (T, H * G * S), and the signals that the pieces wish for: attention weights (H, t, R), queries (H, t * G, S).
    def attend(self, query: Tensor, key: Tensor, value: Tensor, layer: __torch__.Layer, columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        attended : List[Tensor] = []
        signals : List[Tensor] = []
        for piece in range(len(pieces) // 6):
            keys, values, positions, importance = columns[4 * piece:4 * piece + 4]
            first, tokens, slot, seen, rows, wishes = pieces[6 * piece:6 * piece + 6]
            asking = query[first:first + tokens].transpose(0, 1)
            keys[:, slot:slot + tokens].copy_(key[first:first + tokens].transpose(0, 1))
            values[:, slot:slot + tokens].copy_(value[first:first + tokens].transpose(0, 1))
            positions[:, slot:slot + tokens].copy_(torch.arange(seen, seen + tokens, dtype=3, device=keys.device))
            weights, out = self.attention(asking, torch.to(keys[:, :rows], 6), torch.to(values[:, :rows], 6), positions[:, :rows], slot, seen, layer)
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

    # Queries (H, t, G, S) of the tokens at slot and after, the first at position seen, over keys and values (H, R, S) at positions (H, R): weights
    # (H, t, G, R) and (t, H * G * S). Where blocks begin, one token may be the last of a prompt, which another step attends along with others;
    # elsewhere it is a decoded one.
    def attention(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        if query.size(1) == 1 and seen % 64 != 0 and keys.size(1) > 1024 and not keys.is_cuda:
            weights, out = self.attention_of_one(query, keys, values, positions, slot, seen, layer)
        else:
            weights, out = self.attention_of_many(query, keys, values, positions, slot, seen, layer)
        return (weights, out)

    def attention_of_many(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        kv_heads, tokens, group, size = query.size()
        asking = (query * layer.scale).reshape([kv_heads, -1, size])
        # From four rows up a product gives a row the same bits whatever the number of rows: fewer are repeated.
        while asking.size(1) < 4:
            asking = torch.cat([asking, asking], 1)
        scores = torch.matmul(asking, keys.transpose(1, 2)).view([kv_heads, -1, group, keys.size(1)])
        if layer.cap > 0.:
            scores = torch.tanh(scores / layer.cap) * layer.cap
        # A token sees itself and those before it. What follows the newest in its block is unused.
        later = torch.ones([scores.size(1), keys.size(1) - slot], dtype=11, device=keys.device).triu(1)
        scores[:, :, :, slot:].masked_fill_(later.unsqueeze(1), -inf)
        if layer.window > 0:
            places = torch.arange(seen, seen + scores.size(1), dtype=3, device=keys.device)
            # Repeated queries have later positions than they should, and nobody reads what they find.
            outside = torch.le(positions.unsqueeze(1), places.view([1, -1, 1]) - layer.window)
            scores = scores.masked_fill_(outside.unsqueeze(2), -inf)
        weights = torch.softmax(scores, -1)
        out = torch.matmul(weights.view([kv_heads, -1, keys.size(1)]), values).view([kv_heads, -1, group, size])
        return (weights[:, :tokens], out[:, :tokens].transpose(0, 1).reshape([tokens, -1]))

    # The same for one token over many keys, where products read memory and do little else: oneDNN's do so in half the time that a batched
    # product takes, and cost more to call. Without rows beside it, its bits are other ones.
    def attention_of_one(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        asking = torch.select(query, 1, 0) * layer.scale
        found : List[Tensor] = []
        for head in range(keys.size(0)):
            found.append(ops.mkldnn._linear_pointwise(asking[head], keys[head], None, "none", [], ""))
        scores = torch.stack(found)
        if layer.cap > 0.:
            scores = torch.tanh(scores / layer.cap) * layer.cap
        scores[:, :, slot + 1:].fill_(-inf)
        if layer.window > 0:
            scores = scores.masked_fill_(torch.le(positions, seen - layer.window).unsqueeze(1), -inf)
        weights = torch.softmax(scores, -1)
        out : List[Tensor] = []
        for head in range(keys.size(0)):
            out.append(ops.mkldnn._linear_pointwise(weights[head], values[head].t(), None, "none", [], ""))
        return (weights.unsqueeze(1), torch.stack(out).view([1, -1]))

    # What follows attention: (T, D) -> (T, D).
    def finish(self, x: Tensor, attended: Tensor, layer: __torch__.Layer) -> Tensor:
        y = x + layer.after_attention.apply(layer.attention_out.apply(attended))
        if layer.parallel:
            reads = x
        else:
            reads = y
        return y + layer.after_ffn.apply(layer.ffn.apply(layer.ffn_norm.apply(reads)))

    # Logits (T, V), at most cap if there is one.
    def head(self, x: Tensor, norm: __torch__.Norm, head: __torch__.Linear, cap: float) -> Tensor:
        logits = head.apply(norm.apply(x))
        if cap > 0.:
            logits = torch.tanh(logits / cap) * cap
        return logits

    # Whether the matrices of a layer, those before attention, after it and the rest, give a row the same bits whatever rows are beside it: 1 if
    # the first rows alone get the bits that they get among all, for any number of them, else 0. Inputs as products takes them.
    def invariant(self, layer: __torch__.Layer, x: Tensor, attended: Tensor) -> List[int]:
        ffn = 1
        all = layer.ffn.apply(x)
        for rows in range(1, x.size(0)):
            if not torch.equal(layer.ffn.apply(x[:rows]), all[:rows]):
                ffn = 0
        return [self.invariant_linear(layer.query_key_value, x), self.invariant_linear(layer.attention_out, attended), ffn]

    def invariant_linear(self, linear: __torch__.Linear, x: Tensor) -> int:
        same = 1
        all = linear.apply(x)
        for rows in range(1, x.size(0)):
            if not torch.equal(linear.apply(x[:rows]), all[:rows]):
                same = 0
        return same

    # For measuring: the products of all layers alone, attention alone, and a copy.
    def products(self, x: Tensor, attended: Tensor, inner: Tensor, layers: List[__torch__.Layer]) -> Tensor:
        for layer in layers:
            projected = layer.query_key_value.apply(x)
            out = layer.attention_out.apply(attended)
            narrow = layer.ffn.products(x, inner)
        return x

    def over(self, query: Tensor, layers: List[__torch__.Layer], columns: List[Tensor], rows: List[int]) -> Tensor:
        found = torch.zeros([1, query.numel()], dtype=6, device=query.device)
        for index in range(len(rows)):
            held = rows[index]
            keys, values, positions = columns[3 * index:3 * index + 3]
            weights, out = self.attention(query, torch.to(keys[:, :held], 6), torch.to(values[:, :held], 6), positions[:, :held], held - 1, 1 + held // 64 * 64, layers[index])
            found = found + out
        return found

    def copy(self, source: Tensor, target: Tensor) -> Tensor:
        return target.copy_(source)
