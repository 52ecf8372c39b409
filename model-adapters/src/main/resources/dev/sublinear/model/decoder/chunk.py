# Chunks as Java sends them: ChunkTable.java writes a row of tensors and a row of numbers for each.


# Some tokens of one sequence that a layer attends at once. Their cache has claimed rows for them.
#
# keys, values: (H, capacity, S) of the whole cache. positions: the place of each token in the sequence, (H, tokens held); anything if the
# layer has no window, which alone reads it. state: what the scorer remembers of each row, (H, capacity). first: which token of the step is
# the first. slot: the row of the cache that it gets. position: its place in the sequence. rows: how many rows attention reads, R: the tokens
# held, filled up to whole blocks. wants: bits of ADD_WEIGHTS, RETURN_WEIGHTS and RETURN_QUERIES.
class Chunk(NamedTuple):
    keys : Tensor
    values : Tensor
    positions : Tensor
    state : Tensor
    first : int
    tokens : int
    slot : int
    position : int
    rows : int
    wants : int


def chunks(tensors: List[Tensor], numbers: List[int]) -> List[__torch__.Chunk]:
    read = annotate(List[__torch__.Chunk], [])
    for index in range(len(numbers) // CHUNK_NUMBERS):
        keys, values, positions, state = tensors[CHUNK_TENSORS * index:CHUNK_TENSORS * (index + 1)]
        first, tokens, slot, position, rows, wants = numbers[CHUNK_NUMBERS * index:CHUNK_NUMBERS * (index + 1)]
        read.append(__torch__.Chunk(keys, values, positions, state, first, tokens, slot, position, rows, wants))
    return read
