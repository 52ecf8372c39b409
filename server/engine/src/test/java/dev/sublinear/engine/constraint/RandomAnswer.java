package dev.sublinear.engine.constraint;

import dev.sublinear.engine.sampling.Sampler;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a model without any sense says, within a constraint: quotes and brackets likelier, so that it comes to an end. */
final class RandomAnswer {
    private final byte[][] pieces;
    private final int most;
    private final float[] noise;
    private final boolean[] closes;

    RandomAnswer(byte[][] pieces, int most) {
        this.pieces = pieces;
        this.most = most;
        this.noise = new float[2 * pieces.length];
        this.closes = new boolean[pieces.length];
        for (int id = 0; id < pieces.length; id++) {
            closes[id] = pieces[id].length == 1 && "\"}]".indexOf(pieces[id][0]) >= 0;
        }
        Random random = new Random(pieces.length);
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
    }

    /** Returns the answer, or nothing if it did not end. */
    Optional<String> within(TokenConstraint constraint, long seed) {
        Random random = new Random(seed);
        float[] logits = new float[pieces.length + 1]; // the last id ends the answer
        Sampler sampler = new Sampler(new SamplingParams(1, 1, 0, 0, seed));
        TokenConstraint.State state = constraint.begin();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int position = 0; position < most; position++) {
            int offset = random.nextInt(pieces.length);
            for (int id = 0; id < pieces.length; id++) {
                logits[id] = noise[offset + id] + (closes[id] ? 5 + position / 16f : 0);
            }
            logits[pieces.length] = 8;
            TokenMask mask = state.mayEnd() ? state.allowed().with(List.of(pieces.length)) : state.allowed();
            int id = sampler.sample(logits, position, mask);
            if (id == pieces.length) {
                return Optional.of(text.toString(StandardCharsets.UTF_8));
            }
            text.writeBytes(pieces[id]);
            state.advance(id);
        }
        return Optional.empty();
    }
}
