# Parts of a step alone, to be measured: StepParts.java.


# Whether the matrices of a layer give a row the same bits beside any other rows: those before attention, the one after it, and the
# feed-forward network. 1 if any number of first rows get alone the bits that they get among all rows, else 0. Inputs as in products.
def invariant(layer: __torch__.Layer, x: Tensor, attended: Tensor) -> List[int]:
    ffn = 1
    all = layer.ffn.apply(x)
    for rows in range(1, x.size(0)):
        if not torch.equal(layer.ffn.apply(x[:rows]), all[:rows]):
            ffn = 0
    return [__torch__.invariant_linear(layer.query_key_value, x), __torch__.invariant_linear(layer.attention_out, attended), ffn]


# The products of all layers, of tokens x (T, D), attended (T, H * G * S) and inner (T, inputs of the last matrix).
def products(x: Tensor, attended: Tensor, inner: Tensor, layers: List[__torch__.Layer]) -> Tensor:
    for layer in layers:
        projected = layer.query_key_value.apply(x)
        out = layer.attention_out.apply(attended)
        narrow = layer.ffn.products(x, inner)
    return x


# Attention of all layers for one query (H, 1, G, S), each over its chunk: what was found, added up.
def attention_over(query: Tensor, layers: List[__torch__.Layer], chunks: List[__torch__.Chunk]) -> Tensor:
    found = torch.zeros([1, query.numel()], dtype=FLOAT32, device=query.device)
    for index in range(len(layers)):
        attention = layers[index].attention
        keys, values = attention.read(chunks[index])
        weights, out = attention.over(query, chunks[index], keys, values)
        found = found.add_(out)
    return found
