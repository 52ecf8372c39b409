package dev.sublinear.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.sampling.TokenConstraint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Masks against a slow twin that knows no automata: it writes down every text of a few parts, asks the validator which
 * are documents, and allows a token where some document goes on with it.
 */
final class MaskOracleTest {
    /** A schema with finitely many documents, each made of at most {@code most} of these parts. */
    private record Example(String name, String schema, int most, List<String> parts, List<String> tokens) {}

    private static final List<Example> EXAMPLES = List.of(
            new Example(
                    "integers in an array",
                    "{'type':'array','items':{'type':'integer','minimum':-1,'maximum':1},'maxItems':2}",
                    7,
                    List.of("[", "]", ",", "-", "0", "1"),
                    List.of("[-", "1]", ",0", "[]", "-1,", "00", "0,-1]")),
            new Example(
                    "short strings with escapes",
                    "{'type':'string','minLength':1,'maxLength':2,'pattern':'^[^a]'}",
                    6,
                    List.of("\"", "a", "b", "\\", "\u00e9"),
                    List.of("\"b", "b\"", "\\\\", "\\\"", "\"\"", "\"\u00e9b", "b\"a")),
            new Example(
                    "optional and required properties",
                    "{'type':'object','properties':{'a':{'type':'null'},'b':{'enum':[1,10]},'c':{'const':'x'}},"
                            + "'required':['b'],'additionalProperties':false}",
                    8,
                    List.of("{", "}", ",", "\"a\":null", "\"b\":1", "\"c\":\"x\"", "0"),
                    List.of("{\"", "\":", "\":1", "0,\"c", "null,\"b\"", ",\"", "\"x\"}", "{\"b\":10}", "a\":n")),
            new Example(
                    "either of two kinds, nested once",
                    "{'anyOf':[{'type':'array','items':{'type':'boolean'},'minItems':1,'maxItems':2},{'enum':['tr',true,[]]}]}",
                    5,
                    List.of("[", "]", ",", "true", "false", "\"tr\""),
                    List.of("[t", "rue]", "true,", "[]", "\"t", "e,f", "alse]")),
            new Example(
                    "a tuple",
                    "{'type':'array','prefixItems':[{'const':1},{'type':'null'}],'items':{'const':2},'minItems':1,'maxItems':3}",
                    7,
                    List.of("[", "]", ",", "1", "null", "2"),
                    List.of("[1", "1]", ",null", "null,2]", "2]", "l]")));

    @TestFactory
    Stream<DynamicTest> allowed_anywhereInAnyDocument_isWhatSomeDocumentGoesOnWith() {
        return EXAMPLES.stream().map(example -> DynamicTest.dynamicTest(example.name, () -> check(example)));
    }

    private static void check(Example example) throws JsonProcessingException {
        JsonNode schema = new ObjectMapper().readTree(example.schema.replace('\'', '"'));
        Set<String> documents = documents(example, schema);
        assertThat(documents).hasSizeGreaterThan(2);
        byte[][] tokens = tokens(example);
        TokenConstraint constraint = new Constraints(tokens, Runnable::run).jsonSchema(schema);
        compare(constraint, "", new ArrayList<>(), tokens, documents, new HashSet<>());
    }

    /** All texts of the parts that are valid and spelled as we do, as bytes in Latin-1. */
    private static Set<String> documents(Example example, JsonNode schema) {
        Set<String> documents = new TreeSet<>();
        collect(example, new Validation(schema), schema, "", 0, documents);
        return documents;
    }

    private static void collect(
            Example example, Validation validation, JsonNode schema, String text, int parts, Set<String> documents) {
        if (validation.accepts(text) && isAsWeWriteIt(schema, text)) {
            documents.add(bytes(text));
        }
        if (parts < example.most) {
            for (String part : example.parts) {
                if (isPlausible(text + part)) {
                    collect(example, validation, schema, text + part, parts + 1, documents);
                }
            }
        }
    }

    /** Keeps the number of texts small: a value is not followed by a value, nor a comma by a comma. */
    private static boolean isPlausible(String text) {
        return !text.contains(",,")
                && !text.matches("(?s).*(null|true|false|\\d|\")(\"[a-z]|null|true|false).*")
                && !text.matches("(?s).*([\\]}].|[^{\\[]\\{|.\\[\\[).*")
                && text.length() < 34;
    }

    /** Properties in order, none twice, and no minus before a zero. */
    private static boolean isAsWeWriteIt(JsonNode schema, String text) {
        if (text.contains("-0")) {
            return false;
        }
        int last = -1;
        List<String> names = new ArrayList<>();
        schema.path("properties").fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            int at = text.indexOf("\"" + name + "\":");
            if (at >= 0 && (at < last || text.indexOf("\"" + name + "\":", at + 1) >= 0)) {
                return false;
            }
            last = Math.max(at, last);
        }
        return true;
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Every byte of the parts, but no white space, and the tokens. */
    private static byte[][] tokens(Example example) {
        Set<String> tokens = new TreeSet<>();
        example.parts.forEach(part -> bytes(part).chars().forEach(b -> tokens.add(Character.toString(b))));
        example.tokens.forEach(token -> tokens.add(bytes(token)));
        return tokens.stream()
                .map(token -> token.getBytes(StandardCharsets.ISO_8859_1))
                .toArray(byte[][]::new);
    }

    private static void compare(
            TokenConstraint constraint,
            String before,
            List<Integer> ids,
            byte[][] tokens,
            Set<String> documents,
            Set<String> seen) {
        if (!seen.add(before)) {
            return;
        }
        TokenConstraint.State state = constraint.begin();
        ids.forEach(state::advance);
        assertThat(state.mayEnd()).as("after %s", before).isEqualTo(documents.contains(before));
        for (int id = 0; id < tokens.length; id++) {
            String after = before + new String(tokens[id], StandardCharsets.ISO_8859_1);
            boolean goesOn = documents.stream().anyMatch(document -> document.startsWith(after));
            assertThat(state.allowed().allows(id))
                    .as("%s after %s", after.substring(before.length()), before)
                    .isEqualTo(goesOn);
            if (goesOn) {
                ids.add(id);
                compare(constraint, after, ids, tokens, documents, seen);
                ids.remove(ids.size() - 1);
            }
        }
    }
}
