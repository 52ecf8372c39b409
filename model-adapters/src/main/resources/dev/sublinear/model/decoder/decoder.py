# The decoder layer as TorchScript. TorchScript.java packs all sources into an archive and calls the methods of Kernels; there is no
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


# x / √(mean(x²) + ε) · weight, as x / √(|x|² + D ε) · (√D weight): half the operations that torch.rms_norm is made of.
class RmsNorm:
    weight : Tensor
    floor : Tensor

    def __init__(self, weight: Tensor, epsilon: float) -> NoneType:
        size = torch.full([1], weight.size(0), dtype=6, device=weight.device)
        self.weight = weight * torch.sqrt(size)
        self.floor = torch.sqrt(size * epsilon)

    def apply(self, x: Tensor) -> Tensor:
        length = torch.linalg_vector_norm(x, 2, [-1], True)
        return torch.div(x, torch.hypot(length, self.floor)).mul_(self.weight)


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
            opened = torch.silu_(gate)
        elif activation == "gelu":
            opened = torch.gelu(gate)
        else:
            opened = torch.gelu(gate, approximate="tanh")
        return self.down.apply(opened.mul_(up))

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
    exact : bool
    alike : bool

    def __init__(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool, scale: float, cap: float, window: int, rotation: int, exact: bool, alike: bool) -> NoneType:
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
        self.exact = exact
        self.alike = alike


class Kernels(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # Matrices: see packing.py.

    def packer(self, precision: str, on_gpu: bool, has_fbgemm: bool) -> __torch__.Packer:
        return __torch__.packer(precision, on_gpu, has_fbgemm)

    def pack(self, matrix: Tensor, packer: __torch__.Packer, roundings: int) -> __torch__.Linear:
        return packer.pack(matrix, None, roundings)

    def pack_biased(self, matrix: Tensor, bias: Tensor, packer: __torch__.Packer, roundings: int) -> __torch__.Linear:
        return packer.pack(matrix, bias, roundings)

    def linear(self, x: Tensor, linear: __torch__.Linear) -> Tensor:
        return linear.apply(x)

    def table(self, matrix: Tensor, numbers: str) -> Tensor:
        return __torch__.table(matrix, numbers)

    def rows(self, matrix: Tensor, indices: Tensor) -> Tensor:
        return __torch__.rows(matrix, indices)

    def invariant_linear(self, linear: __torch__.Linear, x: Tensor) -> int:
        return __torch__.invariant_linear(linear, x)

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

    def layer(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool, scale: float, cap: float, window: int, rotation: int, exact: bool, alike: bool) -> __torch__.Layer:
        return __torch__.Layer(attention_norm, query_key_value, head_norm, attention_out, after_attention, ffn_norm, ffn, after_ffn, parallel, scale, cap, window, rotation, exact, alike)

    # Whether oneDNN's products over many rows of heads of some size give a query the same bits among any number of them: below 16 as keys times
    # queries, from 16 on as queries times keys; and what is found in values, from two on. So it is with AVX-512, not with AVX2.
    def are_alike(self, size: int) -> bool:
        queries = torch.sin(torch.arange(96 * size, dtype=6)).view([96, size])
        keys = torch.cos(torch.arange(1088 * size, dtype=6)).view([1088, size])
        scores = self.product(queries, keys)
        found = self.product(scores, keys.t())
        same = True
        for count in [2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 18, 19, 20, 21, 24, 32, 33, 48, 63, 64, 65, 95]:
            if count < 16:
                part = self.product(keys, queries[:count]).t()
            else:
                part = self.product(queries[:count], keys)
            if not torch.equal(part, scores[:count]):
                same = False
            if not torch.equal(self.product(scores[:count], keys.t()), found[:count]):
                same = False
        return same

    # x (n, I) times weights (O, I): (n, O), by oneDNN.
    def product(self, x: Tensor, weights: Tensor) -> Tensor:
        return ops.mkldnn._linear_pointwise(x, weights, None, "none", [], "")

    # All layers for the T tokens of a step in which each sequence has one piece: (T, D) -> (T, D), and the signals of all pieces. Columns and
    # pieces are as attend takes them, those of the first layer first, and so are the signals.
    def step(self, x: Tensor, layers: List[__torch__.Layer], rotations: List[Tensor], columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        signals : List[Tensor] = []
        held = len(columns) // len(layers)
        described = len(pieces) // len(layers)
        for index in range(len(layers)):
            layer = layers[index]
            own = columns[index * held:(index + 1) * held]
            heads = self.project(x, layer, own[0].size(0), own[0].size(2))
            attended, seen = self.attend(heads, layer, rotations, own, pieces[index * described:(index + 1) * described])
            x = self.finish(x, attended, layer)
            signals.extend(seen)
        return (x, signals)

    # What lies between the attention of one layer and of the next, for attention in Java: finishes the layer before index with what is found
    # where its queries were, and projects for that one, where they are. Updates x and heads as project returns them.
    def between(self, x: Tensor, heads: Tensor, kv_heads: int, layers: List[__torch__.Layer], index: int) -> int:
        if index > 0:
            attended = torch.flatten(torch.narrow(heads, 1, 0, heads.size(1) - 2 * kv_heads), 1)
            left = self.finish(x, attended, layers[index - 1])
        if index < len(layers):
            written = heads.copy_(self.project(x, layers[index], kv_heads, heads.size(2)))
        return index

    # Queries, keys and values of all heads, (T, H * G + 2 * H, S), not rotated yet.
    def project(self, x: Tensor, layer: __torch__.Layer, kv_heads: int, size: int) -> Tensor:
        heads = layer.query_key_value.apply(layer.attention_norm.apply(x)).view([x.size(0), -1, size])
        normed = torch.narrow(heads, 1, 0, heads.size(1) - kv_heads)
        # Without a norm a tensor is copied to itself, which does nothing.
        written = normed.copy_(layer.head_norm.apply(normed))
        return heads

    # Rotates queries and keys (T, heads, S) where they are, as Hugging Face lays them out. Cosines and sines: (T, 1, what is rotated of a
    # head), the first half of the sines negated.
    def rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        part = cos.size(-1)
        turning = torch.narrow(x, 2, 0, part)
        swapped = torch.roll(turning, [part // 2], [2])
        return turning.mul_(cos).addcmul_(swapped, sin)

    # Attends piece by piece: some tokens of one sequence, for which its cache has claimed room. Of each piece, columns has the keys, values,
    # positions (read by layers with a window alone) and importance, and pieces six numbers: which token of the step is its first, how many there
    # are, the slot and the position of the first, R, and its wishes. Pieces follow one another; their heads, as project returns them, are rotated
    # first, with cosines and sines of every kind of rotation, if there are any. Returns (t, H * G * S) for all t of their tokens, and the signals
    # that the pieces wish for: attention weights (H, t, R) and queries (H, t * G, S).
    def attend(self, heads: Tensor, layer: __torch__.Layer, rotations: List[Tensor], columns: List[Tensor], pieces: List[int]) -> Tuple[Tensor, List[Tensor]]:
        attended : List[Tensor] = []
        signals : List[Tensor] = []
        kv_heads = columns[0].size(0)
        start = pieces[0]
        count = pieces[-6] + pieces[-5] - start
        given = torch.narrow(heads, 0, start, count)
        rotated = heads.size(1) - kv_heads
        if len(rotations) > 0:
            cos = torch.narrow(rotations[2 * layer.rotation], 0, start, count)
            sin = torch.narrow(rotations[2 * layer.rotation + 1], 0, start, count)
            turned = self.rotate(torch.narrow(given, 1, 0, rotated), cos, sin)
        queries = torch.narrow(given, 1, 0, rotated - kv_heads).view([count, kv_heads, -1, heads.size(2)])
        asking = queries.transpose(0, 1)
        new_keys = torch.narrow(given, 1, rotated - kv_heads, kv_heads).transpose(0, 1)
        new_values = torch.narrow(given, 1, rotated, kv_heads).transpose(0, 1)
        for piece in range(len(pieces) // 6):
            keys, values, positions, importance = columns[4 * piece:4 * piece + 4]
            first, tokens, slot, seen, rows, wishes = pieces[6 * piece:6 * piece + 6]
            own = torch.narrow(asking, 1, first - start, tokens)
            written = torch.narrow(keys, 1, slot, tokens).copy_(torch.narrow(new_keys, 1, first - start, tokens))
            written = torch.narrow(values, 1, slot, tokens).copy_(torch.narrow(new_values, 1, first - start, tokens))
            weights, out = self.attention(own, keys, values, positions, slot, seen, rows, layer)
            attended.append(out)
            # Wishes: 1 to have the attention that each row received added to its importance, 2 for the weights, 4 for the queries.
            if wishes % 4 != 0:
                # The mean of the query heads: additions of whole rows are faster than a reduction over so few.
                received = torch.to(weights[:, :, 0], 6, False, True)
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
                signals.append(own.reshape([keys.size(0), -1, keys.size(2)]))
        if len(attended) == 1:
            joined = attended[0]
        else:
            joined = torch.cat(attended)
        return (joined, signals)

    # Queries (H, t, G, S) of the tokens at slot and after, the first at position seen, over the first R rows of keys and values (H, capacity, S):
    # weights (H, t, G, R) and (t, H * G * S). Where a layer is exact, a token gets the same bits whatever tokens are read beside it, so also
    # when it is read again as part of a prompt. Elsewhere many at once are rounded to bfloat16 if the processor multiplies that fast.
    def attention(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, rows: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        reading = torch.narrow(keys, 1, 0, rows)
        saying = torch.narrow(values, 1, 0, rows)
        if layer.exact or query.size(1) > 1:
            weights, out = self.attention_of_many(query, reading, saying, positions, slot, seen, layer)
        else:
            weights, out = self.attention_of_one(query, reading, saying, positions, slot, seen, layer)
        return (weights, out)

    def attention_of_many(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        kv_heads, tokens, group, size = query.size()
        rows = keys.size(1)
        if layer.exact or keys.is_cuda or not ops.mkldnn._is_mkldnn_bf16_supported():
            dtype = 6
        else:
            dtype = 15
        asking = torch.to(torch.mul(query, layer.scale), dtype).reshape([kv_heads, -1, size])
        count = asking.size(1)
        batched = self.is_batched(asking, rows)
        if layer.exact:
            batched = batched or not layer.alike
            asking = self.padded(asking, batched)
        scores = self.across(asking, torch.to(keys, dtype), batched, layer.exact and count < 16)
        if layer.cap > 0.:
            scores = torch.tanh(scores / layer.cap) * layer.cap
        own = torch.narrow(scores, 1, 0, count).view([kv_heads, tokens, group, rows])
        # A token sees itself and those before it. What follows the newest in its block is unused.
        later = torch.full([tokens, rows - slot], -inf, dtype=dtype, device=keys.device).triu(1)
        masked = torch.narrow(own, 3, slot, rows - slot).add_(later.unsqueeze(1))
        if layer.window > 0:
            places = torch.arange(seen, seen + tokens, dtype=3, device=keys.device)
            outside = torch.le(torch.narrow(positions, 1, 0, slot + tokens).unsqueeze(1), places.view([1, -1, 1]) - layer.window)
            masked = torch.narrow(own, 3, 0, slot + tokens).masked_fill_(outside.unsqueeze(2), -inf)
        weights = torch.softmax(scores, -1)
        out = torch.narrow(self.along(weights, torch.to(values, dtype), batched), 1, 0, count).view([kv_heads, tokens, group, size])
        said = torch.to(out.transpose(0, 1).reshape([tokens, -1]), 6)
        return (torch.narrow(weights, 1, 0, count).view([kv_heads, tokens, group, rows]), said)

    def attention_of_one(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int, layer: __torch__.Layer) -> Tuple[Tensor, Tensor]:
        batched = self.is_batched(query, keys.size(1))
        scores = self.across(torch.mul(torch.select(query, 1, 0), layer.scale), torch.to(keys, 6), batched, False)
        if layer.cap > 0.:
            scores = torch.tanh(scores / layer.cap) * layer.cap
        # What follows the newest in its block is unused. It is read all the same: products of odd sizes are slower.
        masked = torch.narrow(scores, 2, slot + 1, keys.size(1) - slot - 1).fill_(-inf)
        if layer.window > 0:
            outside = torch.le(torch.narrow(positions, 1, 0, slot + 1), seen - layer.window)
            masked = torch.narrow(scores, 2, 0, slot + 1).masked_fill_(outside.unsqueeze(1), -inf)
        weights = torch.softmax(scores, -1)
        out = self.along(weights, torch.to(values, 6), batched)
        return (weights.unsqueeze(1), out.view([1, -1]))

    # Repeats some of the queries (H, n, S) until products give each the bits that it gets among any others: MKL's do for whole fours, oneDNN's
    # from two on.
    def padded(self, query: Tensor, batched: bool) -> Tensor:
        count = query.size(1)
        if batched:
            wanted = (count + 3) // 4 * 4
        else:
            wanted = max(count, 2)
        all = query
        while all.size(1) < wanted:
            all = torch.cat([all, all[:, :wanted - all.size(1)]], 1)
        return all

    # A batched product costs less to call; oneDNN's, a head at a time, reads memory in half the time.
    def is_batched(self, x: Tensor, rows: int) -> bool:
        return rows <= 1024 or x.dtype != 6 or x.is_cuda

    # x (H, n, S) times keys (H, R, S): (H, n, R). A head at a time it may be turned, to keys times x.
    def across(self, x: Tensor, keys: Tensor, batched: bool, turned: bool) -> Tensor:
        if batched:
            product = torch.bmm(x, keys.transpose(1, 2))
        else:
            each : List[Tensor] = []
            for head in range(keys.size(0)):
                if turned:
                    each.append(self.product(keys[head], x[head]).t())
                else:
                    each.append(self.product(x[head], keys[head]))
            product = torch.stack(each)
        return product

    # x (H, n, R) times values (H, R, S): (H, n, S).
    def along(self, x: Tensor, values: Tensor, batched: bool) -> Tensor:
        if batched:
            product = torch.bmm(x, values)
        else:
            each : List[Tensor] = []
            for head in range(values.size(0)):
                each.append(self.product(x[head], values[head].t()))
            product = torch.stack(each)
        return product

    # What follows attention: updates x (T, D), and returns it.
    def finish(self, x: Tensor, attended: Tensor, layer: __torch__.Layer) -> Tensor:
        found = layer.after_attention.apply(layer.attention_out.apply(attended))
        if layer.parallel:
            said = layer.after_ffn.apply(layer.ffn.apply(layer.ffn_norm.apply(x)))
            y = x.add_(found).add_(said)
        else:
            y = x.add_(found)
            y = y.add_(layer.after_ffn.apply(layer.ffn.apply(layer.ffn_norm.apply(y))))
        return y

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
        return [__torch__.invariant_linear(layer.query_key_value, x), __torch__.invariant_linear(layer.attention_out, attended), ffn]

    # For measuring: the products of all layers alone, attention alone, and a copy.
    def products(self, x: Tensor, attended: Tensor, inner: Tensor, layers: List[__torch__.Layer]) -> Tensor:
        for layer in layers:
            projected = layer.query_key_value.apply(x)
            out = layer.attention_out.apply(attended)
            narrow = layer.ffn.products(x, inner)
        return x

    def over(self, query: Tensor, layers: List[__torch__.Layer], columns: List[Tensor], lengths: List[int], rows: List[int]) -> Tensor:
        found = torch.zeros([1, query.numel()], dtype=6, device=query.device)
        for index in range(len(rows)):
            keys, values, positions = columns[3 * index:3 * index + 3]
            weights, out = self.attention(query, keys, values, positions, lengths[index] - 1, lengths[index] - 1, rows[index], layers[index])
            found = found.add_(out)
        return found

    def copy(self, source: Tensor, target: Tensor) -> Tensor:
        return target.copy_(source)
