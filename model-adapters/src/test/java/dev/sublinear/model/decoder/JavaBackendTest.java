package dev.sublinear.model.decoder;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.DecodeAttention;
import dev.sublinear.model.attention.JavaAttention;
import dev.sublinear.model.attention.Vectors;
import org.junit.jupiter.api.BeforeAll;

final class JavaBackendTest extends AttentionBackendContract {
    @BeforeAll
    static void hasVectors() {
        assumeTrue(Vectors.PAY, "no wide vectors in Java on this machine");
    }

    @Override
    AttentionBackend open(TorchScript script, LayerList layers, Closer owned) {
        return owned.add(new JavaAttention(DecodeAttention.resolve(2), SPEC));
    }

    @Override
    double tolerance(Chunk chunk) {
        return 1e-5;
    }
}
