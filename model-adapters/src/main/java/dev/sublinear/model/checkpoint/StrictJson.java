package dev.sublinear.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files of one object, read strictly: valid UTF-8, no duplicate keys, nothing after the object. */
public final class StrictJson {
    private static final int MAX_DEPTH = 64;
    private static final ObjectReader READER = JsonMapper.builder(factory(MAX_DEPTH, 1 << 20))
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private StrictJson() {}

    /**
     * Returns the object in a file.
     *
     * @param maxBytes the largest size of the file
     * @throws CheckpointException if the file is larger, cannot be read, or is not one JSON object
     */
    public static ObjectNode read(Path path, int maxBytes) {
        String file = String.valueOf(path.getFileName());
        try {
            return parse(file, bytes(path, maxBytes));
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the text in a file.
     *
     * @param maxBytes the largest size of the file
     * @throws CheckpointException if the file is larger, cannot be read, or is not UTF-8
     */
    public static String text(Path path, int maxBytes) {
        String file = String.valueOf(path.getFileName());
        try {
            return text(file, bytes(path, maxBytes));
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path path, int maxBytes) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new CheckpointException(
                        String.valueOf(path.getFileName()), "must not be larger than " + maxBytes + " bytes");
            }
            return bytes;
        }
    }

    public static ObjectNode parse(String file, byte[] bytes) {
        try {
            JsonNode node = READER.readTree(text(file, bytes));
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new CheckpointException(file, "must hold a JSON object");
        } catch (JsonProcessingException e) {
            throw invalid(file, e);
        }
    }

    /** Decodes bytes. Malformed UTF-8 is refused, where the constructors of String would replace it. */
    public static String text(String file, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CheckpointException(file, "must be UTF-8", e);
        }
    }

    /** Returns a factory of parsers that refuse duplicate keys, deeper nesting and longer strings. */
    public static JsonFactory factory(int maxDepth, int maxString) {
        return JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                // Interned names of a hostile file would fill a table of the whole JVM.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxNumberLength(40)
                        .maxNameLength(50_000)
                        .maxStringLength(maxString)
                        .build())
                .build();
    }

    /** Returns the parser's message without the excerpt of the source that Jackson appends. */
    public static CheckpointException invalid(String file, JsonProcessingException e) {
        return new CheckpointException(file, "is not valid JSON: " + e.getOriginalMessage(), e);
    }
}
