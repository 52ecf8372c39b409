package dev.sublinear.engine.constraint;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.TokenConstraint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Vocabularies for tests, and texts in them. Masks are computed by the thread that asks. */
final class Vocabularies {
    /** A token for each byte, whose id it is. */
    static final byte[][] BYTES =
            IntStream.range(0, 256).mapToObj(b -> new byte[] {(byte) b}).toArray(byte[][]::new);

    private Vocabularies() {}

    static byte[][] of(List<String> tokens) {
        return tokens.stream()
                .map(token -> token.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /** A token for each byte, then these. */
    static byte[][] bytesAnd(String... tokens) {
        return Stream.concat(Stream.of(BYTES), Stream.of(of(List.of(tokens)))).toArray(byte[][]::new);
    }

    static Constraints bytes() {
        return new Constraints(BYTES, Runnable::run);
    }

    /** The vocabulary of the bundled model. */
    static Constraints bundled() {
        return new Constraints(ScriptedModel.TOKENIZER.pieces().orElseThrow(), Runnable::run);
    }

    /** Whether a text is allowed, byte by byte, and may end there. */
    static boolean accepts(TokenConstraint constraint, String text) {
        TokenConstraint.State state = constraint.begin();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (!state.allowed().allows(b & 0xff)) {
                return false;
            }
            state.advance(b & 0xff);
        }
        return state.mayEnd();
    }
}
