package dev.sublinear.evaluation.corpus;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.model.text.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** The bundled texts, see {@code NOTICE.md} beside them. */
final class Resources {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Resources() {}

    /** Returns a text. */
    static String text(String name) {
        return new String(bytes(name + ".txt.gz"), StandardCharsets.UTF_8);
    }

    /** Returns conversations, the messages of each in order. */
    static List<List<Message>> chats(String name) {
        try {
            return JSON.readValue(bytes(name + ".json.gz"), new TypeReference<List<List<Said>>>() {}).stream()
                    .map(chat -> chat.stream().map(Said::message).toList())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Said(String role, String content) {
        Message message() {
            return Message.of(Message.Role.valueOf(role.toUpperCase(Locale.ROOT)), content);
        }
    }

    private static byte[] bytes(String name) {
        try (InputStream packed = Resources.class.getResourceAsStream(name)) {
            if (packed == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            try (InputStream plain = new GZIPInputStream(packed)) {
                return plain.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
