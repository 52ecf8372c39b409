package dev.sublinear.engine.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.testing.Seed;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Automata over digits against arithmetic. */
final class NumberRangeTest {

    @Test
    void compile_randomLimits_acceptsWhatLiesBetween() {
        long seed = Seed.or(17);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            boolean integer = random.nextBoolean();
            int scale = random.nextInt(3);
            BigDecimal low = BigDecimal.valueOf(random.nextInt(4_001) - 2_000, scale);
            BigDecimal high = low.add(BigDecimal.valueOf(random.nextInt(3_000), scale));
            boolean excludesLow = random.nextBoolean();
            boolean excludesHigh = random.nextBoolean();
            int multipleOf = integer ? 1 + random.nextInt(4) : 1;
            ObjectNode schema = new ObjectMapper().createObjectNode();
            schema.put(excludesLow ? "exclusiveMinimum" : "minimum", low);
            schema.put(excludesHigh ? "exclusiveMaximum" : "maximum", high);
            if (multipleOf > 1) {
                schema.put("multipleOf", multipleOf);
            }
            Dfa automaton =
                    NumberRules.compile(new Schema(schema, ""), integer, new CompileBudget(ConstraintLimits.DEFAULT));
            for (int i = 0; i < 300; i++) {
                BigDecimal value = BigDecimal.valueOf(random.nextInt(12_001) - 6_000, integer ? 0 : random.nextInt(4));
                boolean between = value.compareTo(low) >= (excludesLow ? 1 : 0)
                        && value.compareTo(high) <= (excludesHigh ? -1 : 0)
                        && (!integer
                                || value.remainder(BigDecimal.valueOf(multipleOf))
                                                .signum()
                                        == 0);
                assertThat(automaton.matches(value.toPlainString().getBytes(StandardCharsets.US_ASCII)))
                        .as("seed %s, round %s, %s in %s", seed, round, value, schema)
                        .isEqualTo(between);
            }
        }
    }

    @Test
    void compile_malformedNumbers_areNotAccepted() {
        ObjectNode schema =
                new ObjectMapper().createObjectNode().put("minimum", -20).put("maximum", 20);
        Dfa automaton = NumberRules.compile(new Schema(schema, ""), false, new CompileBudget(ConstraintLimits.DEFAULT));
        for (String text : new String[] {"", "-", "01", "-01", "1.", ".5", "-.5", "+1", "-0", "1e1", "--1", "1.5.5"}) {
            assertThat(automaton.matches(text.getBytes(StandardCharsets.US_ASCII)))
                    .as(text)
                    .isFalse();
        }
    }
}
