# Attention of a layer in libtorch.
#
# T tokens of a step, t of a chunk or of some chunks, H key-value heads, h of them that hold equally many tokens, G query heads for each of
# them, S numbers in a head, R rows of a head in the cache that attention reads.


# What a layer's family decides of its attention. scale: what scores are multiplied with. cap: the largest score, or 0. window: how many of
# the newest tokens are attended to, 0 for all. rotation: which of the model's rotations it takes. exact: whether a token gets the same bits
# beside any other tokens. alike: what products_are_alike says, if it is exact.
class Attention:
    scale : float
    cap : float
    window : int
    rotation : int
    exact : bool
    alike : bool

    def __init__(self, scale: float, cap: float, window: int, rotation: int, exact: bool, alike: bool) -> NoneType:
        self.scale = scale
        self.cap = cap
        self.window = window
        self.rotation = rotation
        self.exact = exact
        self.alike = alike

    # Attends chunks whose tokens follow one another, and rotates their queries and keys in heads (T, H * G + 2 * H, S) first, with cosines
    # and sines of each of the model's rotations, if there are any. Returns (t, H * G * S) for each chunk, and the signals that the chunks
    # want returned: attention weights (h, t, R) of each group of heads, and queries (H, t * G, S).
    def attend(self, heads: Tensor, rotations: List[Tensor], chunks: List[__torch__.Chunk]) -> Tuple[List[Tensor], List[Tensor]]:
        attended : List[Tensor] = []
        signals : List[Tensor] = []
        last = chunks[-1]
        start = chunks[0].first
        count = last.first + last.tokens - start
        kv_heads = last.heads
        size = last.keys.size(1)
        given = torch.narrow(heads, 0, start, count)
        rotated = heads.size(1) - kv_heads
        if len(rotations) > 0:
            cos = torch.narrow(rotations[2 * self.rotation], 0, start, count)
            sin = torch.narrow(rotations[2 * self.rotation + 1], 0, start, count)
            turned = __torch__.rotate(torch.narrow(given, 1, 0, rotated), cos, sin)
        queries = torch.narrow(given, 1, 0, rotated - kv_heads).view([count, kv_heads, -1, size]).transpose(0, 1)
        new_keys, key_scales = __torch__.rounded(torch.narrow(given, 1, rotated - kv_heads, kv_heads).transpose(0, 1), last.keys.dtype)
        new_values, value_scales = __torch__.rounded(torch.narrow(given, 1, rotated, kv_heads).transpose(0, 1), last.values.dtype)
        for chunk in chunks:
            own_keys = __torch__.of_tokens(new_keys, key_scales, chunk.first - start, chunk.tokens)
            own_values = __torch__.of_tokens(new_values, value_scales, chunk.first - start, chunk.tokens)
            for group in range(len(chunk.slots)):
                written = __torch__.write(chunk, group, own_keys, own_values)
        index = 0
        while index < len(chunks):
            end = self.end_of_run(chunks, index)
            keys, values = self.read(chunks[end - 1])
            for chunk in chunks[index:end]:
                own = torch.narrow(queries, 1, chunk.first - start, chunk.tokens)
                weights, out = self.over(own, chunk, keys, values)
                attended.append(out)
                if chunk.wants > 0:
                    signals.extend(__torch__.signals(own, weights, chunk))
            index = end
        return (attended, signals)

    # Returns which chunk is the first after index that another cache has, or that is multiplied in another type: those before it read the
    # same rows, each more of them than the one before.
    def end_of_run(self, chunks: List[__torch__.Chunk], index: int) -> int:
        first = chunks[index]
        end = index + 1
        follows = True
        while follows and end < len(chunks):
            other = chunks[end]
            follows = other.keys is first.keys and self.dtype(other) == self.dtype(first)
            if follows:
                end += 1
        return end

    # The type in which a chunk is multiplied: where a layer is not exact, several tokens at once are rounded to bfloat16 if the processor
    # multiplies that fast.
    def dtype(self, chunk: __torch__.Chunk) -> int:
        if self.exact or chunk.tokens == 1 or chunk.keys.is_cuda or not ops.mkldnn._is_mkldnn_bf16_supported():
            dtype = FLOAT32
        else:
            dtype = BFLOAT16
        return dtype

    # Keys and values (h, R, S) of each group of heads, in the type in which the chunk is multiplied.
    def read(self, chunk: __torch__.Chunk) -> Tuple[List[Tensor], List[Tensor]]:
        keys : List[Tensor] = []
        values : List[Tensor] = []
        dtype = self.dtype(chunk)
        for group in range(len(chunk.slots)):
            rows = __torch__.whole_blocks(chunk.slots[group] + chunk.tokens)
            keys.append(torch.to(__torch__.read_keys(chunk, group, rows), dtype))
            values.append(torch.to(__torch__.read_values(chunk, group, rows), dtype))
        return (keys, values)

    # The same, written over the rows of those tokens in attended (T, H * G * S): returns the signals alone.
    def attend_into(self, attended: Tensor, heads: Tensor, rotations: List[Tensor], chunks: List[__torch__.Chunk]) -> List[Tensor]:
        found, signals = self.attend(heads, rotations, chunks)
        at = chunks[0].first
        for rows in found:
            written = torch.narrow(attended, 0, at, rows.size(0)).copy_(rows)
            at += rows.size(0)
        return signals

    # Queries (H, t, G, S) of a chunk's tokens over its cache: weights (h, t, G, R) of each group of heads, unless it is fused, and (t, H * G * S). Where a layer is
    # exact, a token gets the same bits beside any other tokens, also when it is read again as part of a prompt. stored_keys, stored_values: what
    # read returns for the chunk, or for one that reads more rows of the same cache.
    def over(self, query: Tensor, chunk: __torch__.Chunk, stored_keys: List[Tensor], stored_values: List[Tensor]) -> Tuple[List[Tensor], Tensor]:
        weights : List[Tensor] = []
        found : List[Tensor] = []
        fused = self.is_fused(chunk, stored_keys[0].dtype)
        for group in range(len(chunk.slots)):
            slot = chunk.slots[group]
            held = slot + chunk.tokens
            rows = __torch__.whole_blocks(held)
            asking = __torch__.own(query, chunk, group)
            keys = torch.narrow(stored_keys[group], 1, 0, rows)
            values = torch.narrow(stored_values[group], 1, 0, rows)
            if self.window > 0:
                positions = __torch__.part(chunk.positions, chunk, group, 0, held)
            else:
                positions = chunk.positions
            if fused:
                out = self.fused(asking, keys, values, slot)
            else:
                if self.exact or chunk.tokens > 1:
                    given, out = self.of_many(asking, keys, values, positions, slot, chunk.position)
                else:
                    given, out = self.of_one(asking, keys, values, positions, slot, chunk.position)
                weights.append(given)
            found.append(out)
        if len(found) == 1:
            joined = found[0]
        else:
            joined = torch.cat(found, 1)
        return (weights, joined)

    # Whether a chunk is attended without its scores ever being written: in bfloat16, where nothing asks for weights.
    def is_fused(self, chunk: __torch__.Chunk, dtype: int) -> bool:
        return dtype == BFLOAT16 and self.window == 0 and self.cap == 0. and chunk.wants & (ADD_WEIGHTS | RETURN_WEIGHTS) == 0

    # What queries (h, t, G, S) of a group of heads find over R rows, so: (t, h * G * S).
    def fused(self, query: Tensor, keys: Tensor, values: Tensor, slot: int) -> Tensor:
        kv_heads, tokens, group, size = query.size()
        rows = keys.size(1)
        asking = torch.to(query, BFLOAT16).reshape([kv_heads, 1, -1, size])
        unseen = torch.zeros([tokens, rows], dtype=BFLOAT16)
        later = torch.narrow(unseen, 1, slot, rows - slot).fill_(-inf).triu_(1)
        mask = unseen.unsqueeze(1).expand([-1, group, -1]).reshape([-1, rows])
        out = torch.scaled_dot_product_attention(asking, keys.unsqueeze(1), values.unsqueeze(1), mask, 0., False, scale=self.scale)
        return torch.to(out.view([kv_heads, tokens, group, size]).transpose(0, 1).reshape([tokens, -1]), FLOAT32)

    # The same for a group of heads with its weights: queries (h, t, G, S) over R rows.
    def of_many(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int) -> Tuple[Tensor, Tensor]:
        kv_heads, tokens, group, size = query.size()
        rows = keys.size(1)
        dtype = keys.dtype
        asking = torch.to(torch.mul(query, self.scale), dtype).reshape([kv_heads, -1, size])
        count = asking.size(1)
        batched = __torch__.is_batched(asking, rows)
        if self.exact:
            batched = batched or not self.alike
            asking = __torch__.padded(asking, batched)
        scores = self.capped(__torch__.across(asking, keys, batched, self.exact and count < 16))
        own = torch.narrow(scores, 1, 0, count).view([kv_heads, tokens, group, rows])
        # A token sees itself and those before it. What follows the newest in its block is unused.
        later = torch.full([tokens, rows - slot], -inf, dtype=dtype, device=keys.device).triu(1)
        masked = torch.narrow(own, 3, slot, rows - slot).add_(later.unsqueeze(1))
        if self.window > 0:
            places = torch.arange(seen, seen + tokens, dtype=INT32, device=keys.device)
            outside = torch.le(positions.unsqueeze(1), places.view([1, -1, 1]) - self.window)
            masked = torch.narrow(own, 3, 0, slot + tokens).masked_fill_(outside.unsqueeze(2), -inf)
        weights = torch.softmax(scores, -1)
        out = torch.narrow(__torch__.along(weights, values, batched), 1, 0, count).view([kv_heads, tokens, group, size])
        said = torch.to(out.transpose(0, 1).reshape([tokens, -1]), FLOAT32)
        return (torch.narrow(weights, 1, 0, count).view([kv_heads, tokens, group, rows]), said)

    def of_one(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, slot: int, seen: int) -> Tuple[Tensor, Tensor]:
        batched = __torch__.is_batched(query, keys.size(1))
        asking = torch.mul(torch.select(query, 1, 0), self.scale)
        scores = self.capped(__torch__.across(asking, keys, batched, False))
        # What follows the newest in its block is unused. It is read all the same: products of odd sizes are slower.
        masked = torch.narrow(scores, 2, slot + 1, keys.size(1) - slot - 1).fill_(-inf)
        if self.window > 0:
            outside = torch.le(positions, seen - self.window)
            masked = torch.narrow(scores, 2, 0, slot + 1).masked_fill_(outside.unsqueeze(1), -inf)
        weights = torch.softmax(scores, -1)
        out = __torch__.along(weights, values, batched)
        return (weights.unsqueeze(1), out.view([1, -1]))

    def capped(self, scores: Tensor) -> Tensor:
        if self.cap > 0.:
            scores = torch.tanh(scores / self.cap) * self.cap
        return scores


# Rotates queries and keys (T, heads, S) where they are, as Hugging Face lays them out. Cosines and sines: (T, 1, what is rotated of a head),
# the first half of the sines negated.
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    part = cos.size(-1)
    turning = torch.narrow(x, 2, 0, part)
    swapped = torch.roll(turning, [part // 2], [2])
    return turning.mul_(cos).addcmul_(swapped, sin)


# What the chunk's cache wants of its queries (H, t, G, S) and attention weights (h, t, G, R) of each group of heads.
def signals(query: Tensor, weights: List[Tensor], chunk: __torch__.Chunk) -> List[Tensor]:
    returned : List[Tensor] = []
    if chunk.wants & (ADD_WEIGHTS | RETURN_WEIGHTS) > 0:
        for group in range(len(weights)):
            received = __torch__.mean_of_query_heads(weights[group])
            if chunk.wants & ADD_WEIGHTS > 0:
                added = __torch__.add_received(received, __torch__.part(chunk.state, chunk, group, 0, received.size(2)))
            else:
                returned.append(received)
    if chunk.wants & RETURN_QUERIES > 0:
        returned.append(query.reshape([chunk.heads, -1, query.size(3)]))
    if chunk.wants & KEEP_QUERIES > 0:
        kept = __torch__.keep_queries(query, chunk)
    return returned


# Weights (h, t, G, R): (h, t, R). Additions of whole rows are faster than a reduction over so few.
def mean_of_query_heads(weights: Tensor) -> Tensor:
    received = torch.to(weights[:, :, 0], FLOAT32, False, True)
    for head in range(1, weights.size(2)):
        received.add_(weights[:, :, head])
    return received.div_(weights.size(2))


# Adds what each row has received (h, t, R) to its state (h, R).
def add_received(received: Tensor, state: Tensor) -> Tensor:
    if received.size(1) == 1:
        added = state.add_(received[:, 0])
    else:
        added = state.add_(torch.sum(received, [1], dtype=FLOAT64))
    return added


# Writes queries (H, t, G, S) among the newest that the cache keeps.
def keep_queries(query: Tensor, chunk: __torch__.Chunk) -> int:
    room = chunk.queries.size(0)
    rows = query.transpose(0, 1).reshape([chunk.tokens, -1])
    done = max(0, chunk.tokens - room)
    while done < chunk.tokens:
        at = (chunk.position + done) % room
        count = min(chunk.tokens - done, room - at)
        written = torch.narrow(chunk.queries, 0, at, count).copy_(torch.narrow(rows, 0, done, count))
        done += count
    return room


# Repeats some of the queries (H, n, S) until products give each the bits that it gets among any others: MKL's do for whole fours, oneDNN's
# from two on.
def padded(query: Tensor, batched: bool) -> Tensor:
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
def is_batched(x: Tensor, rows: int) -> bool:
    return rows <= 1024 or x.dtype != FLOAT32 or x.is_cuda


# x (H, n, S) times keys (H, R, S): (H, n, R). A head at a time it may be turned, to keys times x.
def across(x: Tensor, keys: Tensor, batched: bool, turned: bool) -> Tensor:
    if batched:
        product = torch.bmm(x, keys.transpose(1, 2))
    else:
        each : List[Tensor] = []
        for head in range(keys.size(0)):
            if turned:
                each.append(__torch__.product(keys[head], x[head]).t())
            else:
                each.append(__torch__.product(x[head], keys[head]))
        product = torch.stack(each)
    return product


# x (H, n, R) times values (H, R, S): (H, n, S).
def along(x: Tensor, values: Tensor, batched: bool) -> Tensor:
    if batched:
        product = torch.bmm(x, values)
    else:
        each : List[Tensor] = []
        for head in range(values.size(0)):
            each.append(__torch__.product(x[head], values[head].t()))
        product = torch.stack(each)
    return product


# x (n, I) times weights (O, I): (n, O), by oneDNN.
def product(x: Tensor, weights: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, weights, None, "none", [], "")


# Whether oneDNN's products over many rows of heads of some size give a query the same bits among any number of them: below 16 as keys times
# queries, from 16 on as queries times keys; and what is found in values, from two on. So it is with AVX-512, not with AVX2.
def products_are_alike(size: int) -> bool:
    queries = torch.sin(torch.arange(96 * size, dtype=FLOAT32)).view([96, size])
    keys = torch.cos(torch.arange(1088 * size, dtype=FLOAT32)).view([1088, size])
    scores = __torch__.product(queries, keys)
    found = __torch__.product(scores, keys.t())
    same = True
    for count in [2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 18, 19, 20, 21, 24, 32, 33, 48, 63, 64, 65, 95]:
        if count < 16:
            part = __torch__.product(keys, queries[:count]).t()
        else:
            part = __torch__.product(queries[:count], keys)
        if not torch.equal(part, scores[:count]):
            same = False
        if not torch.equal(__torch__.product(scores[:count], keys.t()), found[:count]):
            same = False
    return same
