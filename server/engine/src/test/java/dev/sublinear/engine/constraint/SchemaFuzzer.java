package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import java.nio.charset.StandardCharsets;

/**
 * Compiles any JSON as a schema and walks some way through an answer. For Jazzer, see {@code deploy/fuzz}; {@code
 * FuzzersTest} runs it without.
 */
public final class SchemaFuzzer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STEPS = 24;

    /** Less than a server allows, so that an input takes no longer than some milliseconds. */
    private static final ConstraintLimits LIMITS =
            new ConstraintLimits(64, 512, 1_000, 100_000, 64, 256, 1L << 18, 20_000, 16);

    private static final Constraints CONSTRAINTS = new Constraints(Vocabularies.BYTES, Runnable::run, LIMITS);

    private SchemaFuzzer() {}

    /** What Jazzer calls first: classes are loaded here, which takes longer than an input may. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("a{\"type\":\"string\",\"pattern\":\"a+\"}".getBytes(StandardCharsets.UTF_8));
    }

    /** What Jazzer calls: the first byte chooses among the tokens that are allowed, the others are the schema. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        JsonNode schema = read(input);
        if (schema.isMissingNode()) {
            return;
        }
        try {
            walk(CONSTRAINTS.jsonSchema(schema).begin(), input[0] & 0xff);
        } catch (SchemaException e) {
            require(!e.rule().isEmpty(), "a refusal without a reason");
        } catch (ConstraintException e) {
            return; // the bounds of one answer
        }
    }

    private static void walk(TokenConstraint.State state, int choice) {
        for (int step = 0; step < STEPS; step++) {
            int token = choose(state.allowed(), choice + step * 31);
            if (token < 0) {
                require(state.mayEnd(), "an answer can neither go on nor end");
                return;
            }
            state.advance(token);
        }
    }

    private static int choose(TokenMask allowed, int from) {
        for (int i = 0; i < Vocabularies.BYTES.length; i++) {
            int token = (from + i) % Vocabularies.BYTES.length;
            if (allowed.allows(token)) {
                return token;
            }
        }
        return -1;
    }

    private static JsonNode read(byte[] input) {
        try {
            return JSON.readTree(new String(input, 1, input.length - 1, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
