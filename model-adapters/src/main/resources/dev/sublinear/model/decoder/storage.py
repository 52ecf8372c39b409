# Keys and values as a cache stores them: numbers of its type, or whole numbers of INT8 times a scale for each row. INT8 keys lie in blocks of
# BLOCK rows, dimension by dimension: (rows / BLOCK, S, BLOCK).


# The rows that attention reads of so many held.
def whole_blocks(rows: int) -> int:
    return (rows + BLOCK - 1) // BLOCK * BLOCK


# Vectors (H, t, S) to be stored in a type: their numbers, and the scales (H, t) of INT8; nothing elsewhere.
def rounded(x: Tensor, dtype: int) -> Tuple[Tensor, Tensor]:
    if dtype == INT8:
        scales = torch.amax(torch.abs(x), [2]) / float(MOST_INT8)
        numbers = torch.to(torch.round(x / torch.clamp_min(scales, 1e-30).unsqueeze(2)), INT8)
    else:
        scales = torch.empty([0], dtype=FLOAT32, device=x.device)
        numbers = x
    return (numbers, scales)


# The same of some of those tokens.
def of_tokens(numbers: Tensor, scales: Tensor, at: int, tokens: int) -> Tuple[Tensor, Tensor]:
    if scales.dim() == 2:
        scales = torch.narrow(scales, 1, at, tokens)
    return (torch.narrow(numbers, 1, at, tokens), scales)


# Writes what rounded returns for all heads of a chunk's tokens into the rows of a group.
def write(chunk: __torch__.Chunk, group: int, keys: Tuple[Tensor, Tensor], values: Tuple[Tensor, Tensor]) -> int:
    slot = chunk.slots[group]
    tokens = chunk.tokens
    numbers = __torch__.own(keys[0], chunk, group)
    if chunk.keys.dtype == INT8:
        block = torch.select(__torch__.key_blocks(chunk, group, slot // BLOCK, 1), 1, 0)
        written = torch.narrow(block, 2, slot % BLOCK, tokens).copy_(numbers.transpose(1, 2))
        written = __torch__.part(chunk.key_scales, chunk, group, slot, tokens).copy_(__torch__.own(keys[1], chunk, group))
        written = __torch__.part(chunk.value_scales, chunk, group, slot, tokens).copy_(__torch__.own(values[1], chunk, group))
    else:
        written = __torch__.part(chunk.keys, chunk, group, slot, tokens).copy_(numbers)
    written = __torch__.part(chunk.values, chunk, group, slot, tokens).copy_(__torch__.own(values[0], chunk, group))
    return tokens


# Blocks of INT8 keys of each head of a group: (h, count, S, BLOCK).
def key_blocks(chunk: __torch__.Chunk, group: int, at: int, count: int) -> Tensor:
    blocks = chunk.keys.view([-1, chunk.keys.size(1), BLOCK])
    if len(chunk.starts) == 1:
        part = torch.narrow(torch.unflatten(blocks, 0, [chunk.heads, -1]), 1, at, count)
    else:
        part = torch.narrow(blocks, 0, chunk.starts[group] // BLOCK + at, count).unsqueeze(0)
    return part


# Keys of the first rows of each head of a group, whole blocks: (h, rows, S), FLOAT32 where they are stored as INT8.
def read_keys(chunk: __torch__.Chunk, group: int, rows: int) -> Tensor:
    if chunk.keys.dtype == INT8:
        blocks = __torch__.key_blocks(chunk, group, 0, rows // BLOCK)
        turned = blocks.transpose(2, 3).reshape([blocks.size(0), rows, blocks.size(2)])
        scales = __torch__.part(chunk.key_scales, chunk, group, 0, rows)
        keys = torch.to(turned, FLOAT32).mul_(scales.unsqueeze(2))
    else:
        keys = __torch__.part(chunk.keys, chunk, group, 0, rows)
    return keys


# Values in the same way.
def read_values(chunk: __torch__.Chunk, group: int, rows: int) -> Tensor:
    values = __torch__.part(chunk.values, chunk, group, 0, rows)
    if chunk.values.dtype == INT8:
        scales = __torch__.part(chunk.value_scales, chunk, group, 0, rows)
        values = torch.to(values, FLOAT32).mul_(scales.unsqueeze(2))
    return values
