package dev.sublinear.server.bench;

/**
 * What one policy cost at one length of the context.
 *
 * @param context tokens read before decoding
 * @param retained tokens that each layer and head then held
 * @param bytes of the cache's tensors then
 * @param prefillTokensPerSecond while the context was read
 * @param decodeMillisPerToken the median over the rounds after it
 */
public record Measurement(
        String budget,
        String scorer,
        int context,
        int retained,
        long bytes,
        double prefillTokensPerSecond,
        double decodeMillisPerToken) {}
