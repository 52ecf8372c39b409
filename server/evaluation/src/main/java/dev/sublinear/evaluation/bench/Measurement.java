package dev.sublinear.evaluation.bench;

import org.jspecify.annotations.Nullable;

/**
 * The speed and memory of one policy at one context length. A share of copy is a rate of bytes divided by
 * {@link Roofline#copyBytesPerSecond}.
 *
 * @param context tokens before decoding
 * @param sequences that decode together, each after its own context
 * @param retained tokens that each head held after the context
 * @param bytes of the tensors of one sequence's cache after the context
 * @param prefillTokensPerSecond while the context was read; absent if the cache was filled without reading
 * @param prefillGigaflops 10⁹ operations a second of reading: the products of the layers, and attention to the tokens that the
 *     budget keeps
 * @param prefillShareOfProducts the same divided by {@link Roofline#chunkGigaflops}
 * @param prefillShareOfLinear the time of the matrix products of the layers alone for that number of tokens, divided by the time
 *     of reading them
 * @param decodeMillisPerToken the time of a step divided by its sequences, the median of the rounds
 * @param linearMillis time of the matrix products of one step alone
 * @param attentionMillis time of the attention of one step alone
 * @param decodeShareOfCopy the bytes of matrices, keys and values that a step reads, over its time
 * @param attentionShareOfCopy the bytes of keys and values that a step reads, over the time of attention alone
 */
public record Measurement(
        String budget,
        String scorer,
        int context,
        int sequences,
        int retained,
        long bytes,
        @Nullable Double prefillTokensPerSecond,
        @Nullable Double prefillGigaflops,
        @Nullable Double prefillShareOfProducts,
        @Nullable Double prefillShareOfLinear,
        double decodeMillisPerToken,
        double linearMillis,
        double attentionMillis,
        double decodeShareOfCopy,
        double attentionShareOfCopy) {}
