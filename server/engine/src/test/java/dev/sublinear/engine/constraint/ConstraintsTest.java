package dev.sublinear.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConstraintsTest {
    private static final int SCHEMAS = 1_000;
    private static final int MOST_TOKENS = 200;

    @Test
    void answers_toAThousandRandomSchemas_validate() throws JsonProcessingException {
        byte[][] pieces = ScriptedModel.TOKENIZER.pieces().orElseThrow();
        Constraints constraints = Vocabularies.bundled();
        RandomAnswer model = new RandomAnswer(pieces, MOST_TOKENS);
        int complete = 0;
        for (long seed : Seed.each(SCHEMAS)) {
            ObjectNode schema = new RandomSchema(seed).root();
            Optional<String> answer = model.within(constraints.jsonSchema(schema), seed);
            if (answer.isPresent()) {
                complete++;
                assertThat(new Validation(schema).errors(answer.get()))
                        .as("seed %s, schema %s, answer %s", seed, schema, answer.get())
                        .isEmpty();
            }
        }
        assertThat(complete).isGreaterThan(SCHEMAS * 8 / 10);
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static TokenConstraint schema(String text) {
        return Vocabularies.bytes().jsonSchema(json(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['a']}|{'a':1}|true",
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['a']}|{'a':1, 'b':[{}]}|true",
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['a']}|{'b':1,'a':1}|false",
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{}},'required':['a']}|{}|false",
                "{'type':'object','properties':{'a':{'type':'integer'}}}|{'a':1,'c':1}|false",
                "{'type':'object','properties':{'a':{'type':'integer'}},'additionalProperties':true}|{'a':1,'c':1}|true",
                "{'type':'object','properties':{'a':{'type':'integer'}},'additionalProperties':true}|{'a':'x'}|false",
                "{'type':'object','properties':{'a':{'type':'integer'}},'additionalProperties':true}|{'\\u0061':'x'}|false",
                "{'type':'object'}|{'x':{'y':[1,null]}}|true",
                "{'type':'object'}|[]|false",
                "{}|[1, 'x', {'a':true}]|true",
                "{'type':['string','null']}|null|true",
                "{'type':['string','null']}|1|false",
                "{'type':'string'}|'\\ud83d\\ude00 \\u00e9 \\/'|true",
                "{'type':'string'}|'\\ud83d'|false",
                "{'type':'string','maxLength':2}|'\u732b\ud83d\ude00'|true",
                "{'type':'string','maxLength':2}|'\\ud83d\\ude00\\ud83d\\ude00'|true",
                "{'type':'string','maxLength':2}|'abc'|false",
                "{'type':'string','minLength':2,'pattern':'^a*$'}|'a'|false",
                "{'type':'string','minLength':2,'pattern':'^a*$'}|'aaa'|true",
                "{'type':'string','minLength':2,'maxLength':700,'pattern':'^[猫\\\\\\\\]*$'}|'猫\\\\'|true",
                "{'type':'string','minLength':3,'maxLength':700,'pattern':'^[猫\\\\\\\\]*$'}|'猫\\\\'|false",
                "{'type':'string','minLength':2,'maxLength':700,'format':'ipv4'}|'10.0.0.1'|true",
                "{'type':'string','maxLength':2,'pattern':'^[猫\\\\\\\\]*$'}|'猫\\\\猫'|false",
                "{'pattern':'(a+)+b'}|'xaaaaaaab'|true",
                "{'pattern':'(a+)+b'}|'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'|false",
                "{'type':'string','format':'date'}|'2024-02-29'|true",
                "{'type':'string','format':'date'}|'2023-02-29'|false",
                "{'const':1.0,'type':'integer'}|1.0|true",
                "{'enum':['a',1],'type':'string'}|1|false",
                "{'type':'integer','minimum':-3,'exclusiveMaximum':12}|11|true",
                "{'type':'integer','minimum':-3,'exclusiveMaximum':12}|12|false",
                "{'type':'number'}|-0.5e-7|true",
                "{'type':'number'}|01|false",
                "{'type':'array','prefixItems':[{'type':'boolean'},{'type':'null'}],'items':false}|[true]|true",
                "{'type':'array','prefixItems':[{'type':'boolean'},{'type':'null'}],'items':false}|[true,null,1]|false",
                "{'type':'array','prefixItems':[{'type':'boolean'}],'minItems':3,'items':{'type':'null'}}|[true,null,null]|true",
                "{'type':'array','prefixItems':[{'type':'boolean'}],'minItems':3,'items':{'type':'null'}}|[true,null]|false",
                "{'$ref':'#/$defs/t','$defs':{'t':{'type':'array','items':{'$ref':'#/$defs/t'}}}}|[[],[[]]]|true",
                "{'allOf':[{'type':'null'}],'description':'x'}|null|true",
                "{'type':'object','additionalProperties':{'type':'null'},'minProperties':1}|{}|false",
                "{'type':'object','additionalProperties':{'type':'null'},'minProperties':1}|{'k':null}|true",
                "{'type':'object','required':['z']}|{'z':1,'y':2}|true",
                "{'type':'object','required':['z']}|{'y':2}|false",
                "{'type':'object','properties':{'n':{'$ref':'#'}}}|{'n':{'n':{}}}|true",
            })
    void jsonSchema_aDocument_isAllowedOrNot(String schema, String document, boolean allowed) {
        assertThat(Vocabularies.accepts(schema(schema), document.replace('\'', '"')))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "7|the schema must be an object or a boolean, was 7",
                "{'properties':{'a':{'not':{}}}}|/properties/a/not is not supported",
                "{'patternProperties':{'a':{}}}|/patternProperties is not supported",
                "{'if':{},'then':{}}|/if is not supported",
                "{'type':'array','contains':{}}|/contains is not supported",
                "{'type':'object','propertyNames':{'maxLength':3}}|/propertyNames is not supported",
                "{'dependentRequired':{'a':['b']}}|/dependentRequired is not supported",
                "{'properties':{'a':{'dependentSchemas':{'a':{}}}}}|/properties/a/dependentSchemas is not supported",
                "{'dependencies':{'a':['b']}}|/dependencies is not supported",
                "{'$dynamicRef':'#a'}|/$dynamicRef is not supported",
                "{'properties':{'a':{'$id':'http://a'}}}|/properties/a/$id is not supported below the root",
                "{'type':'string','format':5}|/format must be a string, was 5",
                "{'type':'text'}|/type must be null, boolean, integer, number, string, array, object, or an array of these, was 'text'",
                "{'type':'array','uniqueItems':true}|/uniqueItems is not supported",
                "{'type':'string','minLength':-1}|/minLength must be an integer from 0 to 2147483646, was -1",
                "{'type':'string','maxLength':'5'}|/maxLength must be a number, was '5'",
                "{'type':'string','pattern':'(?=a)'}|/pattern must not look around, nor have flags, at index 2, was '(?=a)'",
                "{'type':'string','pattern':'(a)\\\\1'}|/pattern has \\1, which is not supported, at index 4, was '(a)\\\\1'",
                "{'type':'string','pattern':'a{1000,10001}'}|/pattern must repeat at most 10000 times, at index 12, was 'a{1000,10001}'",
                "{'type':'number','multipleOf':0.5}|/multipleOf is supported for integers only, was 0.5",
                "{'$ref':'other.json#/a'}|/$ref must begin with #/ and lead to a place in the same schema, was 'other.json#/a'",
                "{'$ref':'#/$defs/a'}|/$ref must lead to a place in the same schema, was '#/$defs/a'",
                "{'$ref':'#'}|the schema has a $ref that leads to itself with nothing in between",
                "{'anyOf':[{'$ref':'#'},{'type':'null'}]}|the schema has a $ref that leads to itself with nothing in between",
                "{'$ref':'#/$defs/a','type':'null','$defs':{'a':{}}}|/$ref is not supported beside type",
                "{'allOf':[{},{}]}|/allOf is supported with one schema only, has 2",
                "{'anyOf':[]}|/anyOf must be an array that is not empty, was []",
                "{'enum':[]}|/enum must be an array that is not empty, was []",
                "{'oneOf':[{'type':'number'},{'type':'integer'}]}|/oneOf/1 must differ from branch 0 in its type, its literals or a required property's literals; or use anyOf",
                "{'type':'object','minProperties':3}|/minProperties must be at most one more than the properties required, 0, as a name may come twice, was 3",
                "false|the schema describes no document that comes to an end",
                "{'type':'object','properties':{'n':{'$ref':'#'}},'required':['n']}|the schema describes no document that comes to an end",
                "{'type':'integer','minimum':0.2,'maximum':0.8}|the schema describes no document that comes to an end",
                "{'type':'string','minLength':3,'maxLength':2}|the schema describes no document that comes to an end",
            })
    void jsonSchema_unsupported_saysWhereAndWhy(String schema, String message) {
        assertThatThrownBy(() -> schema(schema))
                .isInstanceOf(SchemaException.class)
                .hasMessage(message.replace('\'', '"').replace("property\"s", "property's"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'format':'password'",
                "'format':'path'",
                "'format':'binary'",
                "'format':'uri-reference'",
                "'format':'idn-email'",
                "'nullable':true",
                "'discriminator':{'propertyName':'t','mapping':{'a':'#/a'}}",
                "'widget':'textarea'",
                "'x-order':1",
                "'contentEncoding':'base64','contentMediaType':'a/b','contentSchema':{'not':{}}",
                "'deprecated':true,'examples':[1],'example':{'not':{}},'readOnly':true,'externalDocs':{},'xml':{}",
                "'title':5,'description':null,'$comment':{},'$anchor':'a','$dynamicAnchor':'b','$vocabulary':{}",
                "'then':{'not':{}},'else':false,'minContains':3,'maxContains':1",
                "'if':{'not':{}}",
                "'patternProperties':{},'dependentRequired':{},'dependentSchemas':{},'dependencies':{}",
                "'propertyNames':{'type':'string'}",
                "'$id':'http://a/b','$schema':'https://json-schema.org/draft/2020-12/schema'",
            })
    void jsonSchema_annotation_isPassedOver(String annotation) {
        for (String kind : List.of("'type':'string',", "'enum':['a'],", "'anyOf':[{'const':'a'}],", "")) {
            String described = "{" + kind + annotation + "}";
            assertThat(Vocabularies.accepts(schema(described), "\"a\""))
                    .as(described)
                    .isTrue();
            assertThat(Vocabularies.accepts(schema(described), "1"))
                    .as(described)
                    .isEqualTo(kind.isEmpty());
            assertThat(Vocabularies.accepts(
                            Vocabularies.bytes().answer(new Part.Json(json(described), "/0/parameters")), "\"a\""))
                    .as(described)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'properties':{'a':{}},'unevaluatedProperties':true}|{'b':1}|true",
                "{'properties':{'a':{}},'unevaluatedProperties':{'type':'null'}}|{'b':null}|true",
                "{'properties':{'a':{}},'unevaluatedProperties':{'type':'null'}}|{'b':1}|false",
                "{'properties':{'a':{}},'unevaluatedProperties':true,'additionalProperties':false}|{'b':1}|false",
                "{'type':'object','unevaluatedProperties':false}|{'b':1}|false",
                "{'type':'array','prefixItems':[{}],'unevaluatedItems':false}|[1]|true",
                "{'type':'array','prefixItems':[{}],'unevaluatedItems':false}|[1,2]|false",
                "{'type':'array','items':{'type':'integer'},'unevaluatedItems':false}|[1,2]|true",
            })
    void jsonSchema_whatIsNotEvaluated_isWhatIsAdditional(String schema, String document, boolean allowed)
            throws JsonProcessingException {
        String written = document.replace('\'', '"');
        assertThat(Vocabularies.accepts(schema(schema), written)).isEqualTo(allowed);
        assertThat(new Validation(json(schema)).errors(written).isEmpty()).isEqualTo(allowed);
    }

    @Test
    void jsonObject_anyObject_isAllowedAndNothingElse() {
        TokenConstraint object = Vocabularies.bytes().jsonObject();
        assertThat(Vocabularies.accepts(object, "{\"a\": [1, {\"b\": null}],\n    \"c\": -1.5e3}"))
                .isTrue();
        assertThat(Vocabularies.accepts(object, "{}")).isTrue();
        assertThat(Vocabularies.accepts(object, "[]")).isFalse();
        assertThat(Vocabularies.accepts(object, " {}")).isFalse();
        assertThat(Vocabularies.accepts(object, "{   }")).isFalse();
    }

    @Test
    void allowed_documentComplete_isNothing() {
        TokenConstraint.State state = schema("{'type':'boolean'}").begin();
        "true".chars().forEach(state::advance);
        assertThat(state.mayEnd()).isTrue();
        assertThat(state.allowed().isEmpty()).isTrue();
    }

    @Test
    void allowed_vocabularyWithoutTheTokensNeeded_saysThatTheAnswerCannotGoOn() {
        byte[][] tokens = Vocabularies.of(List.of("{", "a"));
        TokenConstraint.State state =
                new Constraints(tokens, Runnable::run).jsonObject().begin();
        state.advance(0);
        assertThat(state.isReady()).isTrue();
        assertThatThrownBy(state::allowed)
                .isInstanceOf(ConstraintException.class)
                .hasMessage("the answer cannot go on: no token of the vocabulary can follow");
    }

    @Test
    void advance_executorThatIsBusy_isNotReadyUntilItHasComputed() {
        List<Runnable> waiting = new ArrayList<>();
        TokenConstraint constraint = new Constraints(Vocabularies.BYTES, waiting::add).jsonObject();
        TokenConstraint.State first = constraint.begin();
        first.advance('{');
        assertThat(first.isReady()).isFalse();
        waiting.remove(0).run();
        assertThat(first.isReady()).isTrue();
        TokenConstraint.State second = constraint.begin();
        second.advance('{');
        assertThat(second.isReady()).as("its mask is remembered").isTrue();
        assertThat(second.allowed()).isSameAs(first.allowed());
    }

    @Test
    void answer_parts_areInOrderOrOneOfThem() {
        Part number = new Part.Json(json("{'type':'integer'}"), "");
        TokenConstraint answer = Vocabularies.bytes()
                .answer(Part.of(
                        new Part.Literal("a"),
                        new Part.OneOf(List.of(number, new Part.AnyObject())),
                        new Part.Spelled("\"")));

        assertThat(Vocabularies.accepts(answer, "a5\"\\\"\"")).isTrue();
        assertThat(Vocabularies.accepts(answer, "a{}\"\\\"\"")).isTrue();
        assertThat(Vocabularies.accepts(answer, "a5{}\"\\\"\"")).isFalse();
    }

    @Test
    void answer_until_endsAtTheFirstMarker() {
        TokenConstraint answer =
                Vocabularies.bytes().answer(Part.of(new Part.Until("</t>"), new Part.Json(json("{'const':1}"), "")));

        assertThat(Vocabularies.accepts(answer, "</t>1")).isTrue();
        assertThat(Vocabularies.accepts(answer, "so <</t </t>1")).isTrue();
        assertThat(Vocabularies.accepts(answer, "1</t>")).isFalse();
        assertThat(Vocabularies.accepts(answer, "a</t>b</t>1")).isFalse();
    }

    /** A vocabulary of single bytes, then a control token. */
    @Test
    void answer_markerThatIsAControlToken_isThatToken() {
        int control = Vocabularies.BYTES.length;
        byte[][] pieces = Arrays.copyOf(Vocabularies.BYTES, control + 1);
        pieces[control] = new byte[0];
        Constraints constraints = new Constraints(pieces, Map.of("[X]", control), Runnable::run);

        TokenConstraint.State marked = constraints
                .answer(Part.of(new Part.Marker("[X]"), new Part.Json(json("{'type':'string'}"), "")))
                .begin();
        assertThat(allowed(marked)).containsExactly(control);
        marked.advance(control);
        marked.advance('"');
        assertThat(allowed(marked)).contains((int) 'a').doesNotContain(control);

        TokenConstraint.State until = constraints.answer(new Part.Until("[X]")).begin();
        assertThat(allowed(until)).contains((int) '[', (int) 'a', control).doesNotContain(0xff);
        until.advance(control);
        assertThat(until.mayEnd()).isTrue();
        assertThat(allowed(until)).isEmpty();
    }

    private static List<Integer> allowed(TokenConstraint.State state) {
        return IntStream.range(0, Vocabularies.BYTES.length + 1)
                .filter(state.allowed()::allows)
                .boxed()
                .toList();
    }

    @Test
    void answer_wrongSchema_isNamedByItsPlace() {
        Part part = new Part.Json(json("{'type':'object','properties':{'a':{'type':'x'}}}"), "/0/parameters");
        assertThatThrownBy(() -> Vocabularies.bytes().answer(part))
                .hasMessageStartingWith("/0/parameters/properties/a/type must be ");
    }
}
