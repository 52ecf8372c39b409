# Numbers with names. An archive of TorchScript has no global constants, so ScriptSource.java writes these numbers in place of their names in
# all sources. What Java must know too is compared in ScriptSourceTest.

# Types of numbers, as libtorch counts them.
INT8 = 1
INT32 = 3
INT64 = 4
FLOAT32 = 6
FLOAT64 = 7
QINT8 = 12
BFLOAT16 = 15

# The largest of the whole numbers in which INT8 caches store keys and values.
MOST_INT8 = 127

# How many inputs of an output share a step and a zero in 4 bits, as in GGUF's blocks.
GROUP = 32

# Rows of a cache come in blocks of this many, and attention reads whole blocks.
BLOCK = 64

# How many tensors Java sends for each chunk, and how many numbers before those of its groups: the fields of the class Chunk.
CHUNK_TENSORS = 7
CHUNK_NUMBERS = 6

# What the cache wants of a chunk's attention, as bits: that each row's attention weights are added to its state, that the weights are
# returned, that the queries are, and that the queries are kept among the newest. What is returned comes in the order of the bits.
ADD_WEIGHTS = 1
RETURN_WEIGHTS = 2
RETURN_QUERIES = 4
KEEP_QUERIES = 8
