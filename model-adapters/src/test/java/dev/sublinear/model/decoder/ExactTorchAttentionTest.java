package dev.sublinear.model.decoder;

import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/** Where a token gets the same bits alone and among others. */
final class ExactTorchAttentionTest extends AttentionBackendContract {
    @Override
    AttentionBackend open(TorchScript script, LayerList layers, Closer owned) {
        return new TorchAttention(script, layers);
    }

    @Override
    Precision precision() {
        return Precisions.F32;
    }

    @Override
    double tolerance(Chunk chunk) {
        return 1e-5;
    }
}
