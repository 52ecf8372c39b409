package dev.sublinear.load.workload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A request for one greedy answer.
 *
 * @param messages of a chat; or one, the prompt of a completion
 * @param maxTokens of the answer
 */
public record Ask(Endpoint endpoint, List<Message> messages, int maxTokens) {
    private static final JsonFactory JSON = new JsonFactory();

    /** Where it goes. */
    public enum Endpoint {
        COMPLETIONS("/v1/completions"),
        CHAT("/v1/chat/completions");

        private final String path;

        Endpoint(String path) {
            this.path = path;
        }

        public String path() {
            return path;
        }
    }

    /** What somebody says in a chat. */
    public record Message(String role, String content) {}

    public Ask {
        messages = List.copyOf(messages);
    }

    static Ask completion(String prompt, int maxTokens) {
        return new Ask(Endpoint.COMPLETIONS, List.of(new Message("", prompt)), maxTokens);
    }

    static Ask chat(List<Message> messages, int maxTokens) {
        return new Ask(Endpoint.CHAT, messages, maxTokens);
    }

    /** Returns its body, with the usage at the end of a stream. */
    public byte[] body(boolean streamed) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (endpoint == Endpoint.CHAT) {
                writeMessages(json);
            } else {
                json.writeStringField("prompt", messages.get(0).content());
            }
            json.writeNumberField("max_tokens", maxTokens);
            json.writeNumberField("temperature", 0);
            if (streamed) {
                json.writeBooleanField("stream", true);
                json.writeObjectFieldStart("stream_options");
                json.writeBooleanField("include_usage", true);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void writeMessages(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("messages");
        for (Message message : messages) {
            json.writeStartObject();
            json.writeStringField("role", message.role());
            json.writeStringField("content", message.content());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
