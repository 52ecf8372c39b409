package dev.sublinear.evaluation.bench;

import org.jspecify.annotations.Nullable;

/**
 * What one policy cost at one length of the context. Shares of the copy are of the bytes that the machine reads and writes in
 * a second when it copies memory.
 *
 * @param context tokens read before decoding
 * @param sequences that decode together, each with such a context
 * @param retained tokens that each layer and head then held
 * @param bytes of the tensors of one sequence's cache then
 * @param prefillTokensPerSecond while the context was read; absent if the cache was filled without reading
 * @param prefillGigaflops all that reading must compute in a second: the products of the layers, and attention to what the
 *     budget lets a token see
 * @param prefillShareOfProducts the same, by what the products of a chunk alone reach
 * @param prefillShareOfLinear the time that the matrix products of the layers alone take for as many tokens, by that of
 *     reading them
 * @param decodeMillisPerToken the median over the rounds after it: the time of a step by the sequences in it
 * @param linearMillis of the matrix products of such a step alone
 * @param attentionMillis of the attention of such a step alone
 * @param decodeShareOfCopy the bytes of matrices, keys and values that a step reads, by its time
 * @param attentionShareOfCopy the bytes of keys and values that it reads, by the time of attention alone
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
