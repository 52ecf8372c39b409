package dev.sublinear.load.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** What an event of a stream, or a whole answer, says: read once per token, so it is read without a tree. */
final class Delta {
    private static final JsonFactory JSON = new JsonFactory();

    private final StringBuilder text = new StringBuilder();
    private String finish = "";
    private String error = "";
    private int promptTokens;
    private int tokens;
    private boolean grew;

    /**
     * Adds what an event says; returns whether the text grew.
     *
     * @throws IOException if it is not JSON
     */
    boolean add(byte[] bytes, int offset, int length) throws IOException {
        grew = false;
        try (JsonParser parser = JSON.createParser(bytes, offset, length)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    take(parser.currentName(), parser);
                }
            }
        }
        return grew;
    }

    private void take(String name, JsonParser parser) throws IOException {
        JsonToken value = parser.nextToken();
        switch (name) {
            case "text", "content" -> {
                if (value == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
                    text.append(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
                    grew = true;
                }
            }
            case "finish_reason" -> finish = value == JsonToken.VALUE_STRING ? parser.getText() : finish;
            case "prompt_tokens" -> promptTokens = parser.getIntValue();
            case "completion_tokens" -> tokens = parser.getIntValue();
            case "message" -> error = value == JsonToken.VALUE_STRING ? parser.getText() : error;
            default -> {}
        }
    }

    String text() {
        return text.toString();
    }

    String finish() {
        return finish;
    }

    /** What an error says; empty if there was none. */
    String error() {
        return error;
    }

    int promptTokens() {
        return promptTokens;
    }

    int tokens() {
        return tokens;
    }
}
