# Chunks as Java sends them: ChunkTable.java writes a row of tensors and a row of numbers for each.


# Some tokens of one sequence that a layer attends at once. Their cache has claimed rows for them. Its heads come in groups that hold equally
# many tokens: one group of all heads, or each head alone.
#
# keys, values: (rows of all heads, S) of the whole cache, as storage.py reads them. key_scales, value_scales: what the numbers of each row are
# multiplied with, where they are INT8. positions: the place of each row's token in the sequence, (rows of all heads);
# anything if the layer has no window, which alone reads it. state: what the scorer remembers of each row. queries: the newest queries, (n,
# H * G * S), those of position p in row p modulo n. first: which token of the step is the first. position: its place in the sequence. wants:
# bits of ADD_WEIGHTS, RETURN_WEIGHTS, RETURN_QUERIES and KEEP_QUERIES. heads: H. starts: the first row of each group. slots: which row of each
# head of a group the first token gets.
class Chunk(NamedTuple):
    keys : Tensor
    key_scales : Tensor
    values : Tensor
    value_scales : Tensor
    positions : Tensor
    state : Tensor
    queries : Tensor
    first : int
    tokens : int
    position : int
    wants : int
    heads : int
    starts : List[int]
    slots : List[int]


def chunks(tensors: List[Tensor], numbers: List[int]) -> List[__torch__.Chunk]:
    read = annotate(List[__torch__.Chunk], [])
    at = 0
    for index in range(len(tensors) // CHUNK_TENSORS):
        keys, key_scales, values, value_scales, positions, state, queries = tensors[CHUNK_TENSORS * index:CHUNK_TENSORS * (index + 1)]
        first, tokens, position, wants, heads, groups = numbers[at:at + CHUNK_NUMBERS]
        at += CHUNK_NUMBERS
        starts = numbers[at:at + groups]
        slots = numbers[at + groups:at + 2 * groups]
        at += 2 * groups
        read.append(__torch__.Chunk(keys, key_scales, values, value_scales, positions, state, queries, first, tokens, position, wants, heads, starts, slots))
    return read


# Rows of the heads of a group in a column of the cache (rows of all heads, ...), from a row of each head on: (heads, count, ...).
def part(column: Tensor, chunk: __torch__.Chunk, group: int, at: int, count: int) -> Tensor:
    if len(chunk.starts) == 1:
        rows = torch.narrow(torch.unflatten(column, 0, [chunk.heads, -1]), 1, at, count)
    else:
        rows = torch.narrow(column, 0, chunk.starts[group] + at, count).unsqueeze(0)
    return rows


# What is of the heads of a group, of a tensor whose first dimension counts heads.
def own(of_heads: Tensor, chunk: __torch__.Chunk, group: int) -> Tensor:
    each = chunk.heads // len(chunk.starts)
    return torch.narrow(of_heads, 0, group * each, each)
