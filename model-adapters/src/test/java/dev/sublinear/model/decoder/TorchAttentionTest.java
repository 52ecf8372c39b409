package dev.sublinear.model.decoder;

import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.Chunk;

/** Where a token alone is attended in float32 and many at once perhaps in bfloat16. */
final class TorchAttentionTest extends AttentionBackendContract {
    @Override
    AttentionBackend open(TorchScript script, LayerList layers, Closer owned) {
        return new TorchAttention(script, layers);
    }

    @Override
    double tolerance(Chunk chunk) {
        return chunk.tokens() == 1 ? 1e-5 : 0.05;
    }
}
