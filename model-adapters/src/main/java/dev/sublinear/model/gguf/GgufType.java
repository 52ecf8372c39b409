package dev.sublinear.model.gguf;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The types of stored numbers in a GGUF file: blocks of numbers, most with a scale of their own. */
@SuppressWarnings("ImmutableEnumChecker") // decoders are methods without state
enum GgufType {
    F32(0, 1, 4, PlainNumbers::readF32),
    F16(1, 1, 2, PlainNumbers::readF16),
    BF16(30, 1, 2, PlainNumbers::readBf16),
    F64(28, 1, 8, PlainNumbers::readF64),
    I8(24, 1, 1, PlainNumbers::readI8),
    I16(25, 1, 2, PlainNumbers::readI16),
    I32(26, 1, 4, PlainNumbers::readI32),
    I64(27, 1, 8, PlainNumbers::readI64),
    Q4_0(2, 32, 18, SmallBlocks::readQ40, SmallBlocks::gridQ40),
    Q4_1(3, 32, 20, SmallBlocks::readQ41, SmallBlocks::gridQ41),
    Q5_0(6, 32, 22, SmallBlocks::readQ50),
    Q5_1(7, 32, 24, SmallBlocks::readQ51),
    Q8_0(8, 32, 34, SmallBlocks::readQ80),
    Q2_K(10, 256, 84, SuperBlocks::readQ2K),
    Q3_K(11, 256, 110, SuperBlocks::readQ3K),
    Q4_K(12, 256, 144, SuperBlocks::readQ4K, SuperBlocks::gridQ4K),
    Q5_K(13, 256, 176, SuperBlocks::readQ5K),
    Q6_K(14, 256, 210, SuperBlocks::readQ6K),
    IQ4_NL(20, 32, 18, SmallBlocks::readIq4Nl),
    IQ4_XS(23, 256, 136, SuperBlocks::readIq4Xs),
    MXFP4(39, 32, 17, SmallBlocks::readMxfp4);

    /** llama.cpp's other types: rare ones, and some that weights never have. */
    private static final Map<Integer, String> OTHERS = Map.ofEntries(
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(29, "IQ1_M"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(40, "NVFP4"),
            Map.entry(41, "Q1_0"));

    private static final Map<Integer, GgufType> BY_ID =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(type -> type.id, Function.identity()));

    private final int id;
    private final int weights;
    private final int bytes;
    private final BlockDecoder decoder;
    private final Optional<BlockDecoder> grid;

    GgufType(int id, int weights, int bytes, BlockDecoder decoder) {
        this(id, weights, bytes, decoder, Optional.empty());
    }

    GgufType(int id, int weights, int bytes, BlockDecoder decoder, BlockDecoder grid) {
        this(id, weights, bytes, decoder, Optional.of(grid));
    }

    GgufType(int id, int weights, int bytes, BlockDecoder decoder, Optional<BlockDecoder> grid) {
        this.id = id;
        this.weights = weights;
        this.bytes = bytes;
        this.decoder = decoder;
        this.grid = grid;
    }

    static Optional<GgufType> of(int id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    /** llama.cpp's name of a type that cannot be read here. */
    static String nameOf(int id) {
        return OTHERS.getOrDefault(id, "unknown (" + Integer.toUnsignedString(id) + ")");
    }

    int id() {
        return id;
    }

    /** The numbers in a block. */
    int blockWeights() {
        return weights;
    }

    /** The bytes of a block. */
    int blockBytes() {
        return bytes;
    }

    double bitsPerWeight() {
        return 8.0 * bytes / weights;
    }

    /** Makes floats of blocks. */
    BlockDecoder decoder() {
        return decoder;
    }

    /** Makes two floats of each group of a block of 4 bits, see {@link dev.sublinear.model.checkpoint.StoredWeights.Grid}. */
    Optional<BlockDecoder> grid() {
        return grid;
    }
}
