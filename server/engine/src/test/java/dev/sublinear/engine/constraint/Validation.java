package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;

/** What networknt's validator, which shares nothing with us, thinks of a document. */
final class Validation {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final Schema schema;

    Validation(JsonNode schema) {
        this.schema = REGISTRY.getSchema(schema);
    }

    /** Returns what is wrong, formats included. */
    List<Error> errors(String document) throws JsonProcessingException {
        return schema.validate(
                JSON.readTree(document),
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    boolean accepts(String document) {
        try {
            return errors(document).isEmpty();
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
