# A decoder layer.
#
# T tokens of a step, D hidden size, H key-value heads, G query heads for each of them, S numbers in a head.


# The weights of a layer, and what its family decides. parallel: attention and the feed-forward network both read what comes in.
class Layer:
    attention_norm : __torch__.Norm
    query_key_value : __torch__.Linear
    head_norm : __torch__.Norm
    attention : __torch__.Attention
    attention_out : __torch__.Linear
    after_attention : __torch__.Norm
    ffn_norm : __torch__.Norm
    ffn : __torch__.FeedForward
    after_ffn : __torch__.Norm
    parallel : bool

    def __init__(self, attention_norm: __torch__.Norm, query_key_value: __torch__.Linear, head_norm: __torch__.Norm, attention: __torch__.Attention, attention_out: __torch__.Linear, after_attention: __torch__.Norm, ffn_norm: __torch__.Norm, ffn: __torch__.FeedForward, after_ffn: __torch__.Norm, parallel: bool) -> NoneType:
        self.attention_norm = attention_norm
        self.query_key_value = query_key_value
        self.head_norm = head_norm
        self.attention = attention
        self.attention_out = attention_out
        self.after_attention = after_attention
        self.ffn_norm = ffn_norm
        self.ffn = ffn
        self.after_ffn = after_ffn
        self.parallel = parallel

    # Queries, keys and values of all heads of x (T, D), not rotated yet: (T, H * G + 2 * H, S).
    def project(self, x: Tensor, kv_heads: int, size: int) -> Tensor:
        heads = self.query_key_value.apply(self.attention_norm.apply(x)).view([x.size(0), -1, size])
        normed = torch.narrow(heads, 1, 0, heads.size(1) - kv_heads)
        # Without a norm a tensor is copied to itself, which does nothing.
        written = normed.copy_(self.head_norm.apply(normed))
        return heads

    # What follows attention (T, H * G * S): updates x (T, D), and returns it.
    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        found = self.after_attention.apply(self.attention_out.apply(attended))
        if self.parallel:
            said = self.after_ffn.apply(self.ffn.apply(self.ffn_norm.apply(x)))
            y = x.add_(found).add_(said)
        else:
            y = x.add_(found)
            y = y.add_(self.after_ffn.apply(self.ffn.apply(self.ffn_norm.apply(y))))
        return y


# All layers for the tokens x (T, D) of a step in which each sequence has one chunk: updates x, and returns the signals of all chunks. The
# chunks of the first layer come first, and so do their signals.
def all_layers(x: Tensor, layers: List[__torch__.Layer], rotations: List[Tensor], chunks: List[__torch__.Chunk]) -> List[Tensor]:
    signals : List[Tensor] = []
    sequences = len(chunks) // len(layers)
    for index in range(len(layers)):
        layer = layers[index]
        heads = layer.project(x, chunks[0].heads, chunks[0].keys.size(1))
        attended, seen = layer.attention.attend(heads, rotations, chunks[index * sequences:(index + 1) * sequences])
        if sequences == 1:
            joined = attended[0]
        else:
            joined = torch.cat(attended)
        left = layer.finish(x, joined)
        signals.extend(seen)
    return signals


# What lies between the attention of one layer and that of the next: finishes the layer before index with what has been attended
# (T, H * G * S), which updates x, and writes into heads what the layer at index projects.
def between(x: Tensor, heads: Tensor, attended: Tensor, kv_heads: int, layers: List[__torch__.Layer], index: int) -> int:
    if index > 0:
        left = layers[index - 1].finish(x, attended)
    if index < len(layers):
        written = heads.copy_(layers[index].project(x, kv_heads, heads.size(2)))
    return index


# Logits (T, V), at most cap if there is one.
def logits(x: Tensor, norm: __torch__.Norm, head: __torch__.Linear, cap: float) -> Tensor:
    said = head.apply(norm.apply(x))
    if cap > 0.:
        said = torch.tanh(said / cap) * cap
    return said
