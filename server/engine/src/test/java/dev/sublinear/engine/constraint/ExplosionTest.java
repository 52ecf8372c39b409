package dev.sublinear.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.testing.Seed;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row G8 of the table of hostile input: schemas that are written to exhaust the machine. */
final class ExplosionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode pattern(String pattern) {
        return JSON.createObjectNode().put("type", "string").put("pattern", pattern);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^(a|b)*a(a|b){20}$",
                "(x+x+)+y{1000}.{1000}",
                "^((a{0,100}){0,100}){0,100}$",
                "^.{10000}$",
                "(a?){5000}a{5000}",
                "^(([a-z]{1,50}){1,50}){1,50}$",
                "[\u0080-\uffff]{3000}",
            })
    void g8_patternOfTooManyStates_isRefusedNamingIt(String pattern) {
        assertThatThrownBy(() -> Vocabularies.bytes().jsonSchema(pattern(pattern)))
                .isInstanceOf(SchemaException.class)
                .hasMessageStartingWith("/pattern is too large: it needs more than ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a+)+b", "^(a|a)*$", "^(a|aa)+$", "(.*)*(.*)*(.*)*x", "^(a?){30}a{30}$", "^([a-z]+)+@$"})
    void g8_patternThatBacktrackersChokeOn_isAnAutomatonLikeAnyOther(String pattern) {
        TokenConstraint constraint = Vocabularies.bytes().jsonSchema(pattern(pattern));
        assertThat(Vocabularies.accepts(constraint, "\"" + "a".repeat(5_000) + "!\""))
                .isEqualTo(false);
    }

    @Test
    void g8_schemasInSchemas_areRefusedBeyondTheDepth() {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode at = root;
        for (int i = 0; i < 200; i++) {
            at = at.put("type", "array").putObject("items");
        }
        assertThatThrownBy(() -> Vocabularies.bytes().jsonSchema(root))
                .hasMessageEndingWith("must not be nested deeper than 64");
    }

    @Test
    void g8_referencesThatDoubleAtEachStep_areCompiledOnce() {
        ObjectNode root = JSON.createObjectNode().put("$ref", "#/$defs/d0");
        ObjectNode definitions = root.putObject("$defs");
        for (int i = 0; i < 28; i++) {
            ArrayNode twice = definitions.putObject("d" + i).putArray("anyOf");
            twice.addObject().put("$ref", "#/$defs/d" + (i + 1));
            twice.addObject().put("$ref", "#/$defs/d" + (i + 1));
        }
        definitions.putObject("d28").put("type", "null");
        assertThat(Vocabularies.accepts(Vocabularies.bytes().jsonSchema(root), "null"))
                .isTrue();
    }

    @Test
    void g8_tooManyLiteralsOrProperties_areRefused() {
        ObjectNode literals = JSON.createObjectNode();
        ArrayNode values = literals.putArray("enum");
        ObjectNode object = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = object.putObject("properties");
        for (int i = 0; i < 20_000; i++) {
            values.add("value " + Integer.toHexString(i * 7_919));
            properties.putObject("p" + i).put("type", "null");
        }
        assertThatThrownBy(() -> Vocabularies.bytes().jsonSchema(literals))
                .hasMessageContaining("is too large: it needs more than");
        assertThatThrownBy(() -> Vocabularies.bytes().jsonSchema(object))
                .hasMessageContaining("is too large: it needs more than");
    }

    @Test
    void g8_manyOptionalProperties_areRefusedOrAnswered() {
        ObjectNode object = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = object.putObject("properties");
        for (int i = 0; i < 200; i++) {
            properties.putObject("p" + i).put("type", "null");
        }
        TokenConstraint constraint = Vocabularies.bytes().jsonSchema(object);
        assertThat(Vocabularies.accepts(constraint, "{\"p3\":null,\"p150\":null}"))
                .isTrue();
        assertThat(Vocabularies.accepts(constraint, "{\"p150\":null,\"p3\":null}"))
                .isFalse();
    }

    @Test
    void g8_nestingWithoutEnd_takesMemoryInProportion() {
        TokenConstraint.State state = Vocabularies.bytes().jsonObject().begin();
        String open = "{\"a\":";
        for (int depth = 0; depth < 2_000; depth++) {
            open.chars().forEach(state::advance);
        }
        state.advance('1');
        for (int depth = 0; depth < 2_000; depth++) {
            assertThat(state.mayEnd()).isFalse();
            state.advance('}');
        }
        assertThat(state.mayEnd()).isTrue();
    }

    @Test
    void advance_longAnswer_isNotTakenForTooMuchWork() {
        JsonNode schema = JSON.createObjectNode().put("type", "string").put("maxLength", 30_000);
        TokenConstraint.State state = Vocabularies.bytes().jsonSchema(schema).begin();
        state.advance('"');
        for (int length = 0; length < 30_000; length++) {
            assertThat(state.allowed().allows('x')).isTrue();
            state.advance('x');
        }
        assertThat(state.allowed().allows('x')).isFalse();
        assertThat(state.allowed().allows('"')).isTrue();
    }

    @Test
    void remembered_manyStatesMasksAndSchemas_staysWithinItsBounds() throws Exception {
        byte[][] pieces = ScriptedModel.TOKENIZER.pieces().orElseThrow();
        ConstraintLimits small =
                new ConstraintLimits(64, 8_192, 20_000, 10_000_000, 1_024, 64, 8L * pieces.length / 8, 500_000, 3);
        Constraints bounded = new Constraints(pieces, Runnable::run, small);
        Constraints usual = new Constraints(pieces, Runnable::run);
        RandomAnswer model = new RandomAnswer(pieces, 200);
        for (long seed : Seed.each(20)) {
            JsonNode schema = new RandomSchema(seed).root();
            TokenConstraint constraint = bounded.jsonSchema(schema);
            Optional<String> answer = model.within(constraint, seed);
            Map.Entry<Integer, Integer> remembered = ((CompiledConstraint) constraint).remembered();
            assertThat(remembered.getKey()).isLessThanOrEqualTo(64);
            assertThat(remembered.getValue()).isLessThanOrEqualTo(8);
            assertThat(bounded.remembered()).isLessThanOrEqualTo(3);
            assertThat(answer).as("forgetting changes nothing").isEqualTo(model.within(usual.jsonSchema(schema), seed));
        }
        JsonNode last = new RandomSchema(19).root();
        assertThat(bounded.jsonSchema(last)).isSameAs(bounded.jsonSchema(last.deepCopy()));
    }
}
