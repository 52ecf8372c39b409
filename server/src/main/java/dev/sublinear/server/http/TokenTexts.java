package dev.sublinear.server.http;

import dev.sublinear.model.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What single tokens look like: not all of them are whole characters. */
final class TokenTexts {
    private final Tokenizer tokenizer;

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Finds where the tokens of a text begin, from this place on. */
    TextOffsets offsets(int at) {
        return new TextOffsets(tokenizer, at);
    }

    /** Its text, with a replacement character for what is only a part of one. */
    String lossy(int id) {
        return bytes(id).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElseGet(() -> tokenizer.decode(id));
    }

    /** Its text or, where it is a part of a character, {@code bytes:\xe2\x82} as OpenAI writes it. */
    String exact(int id) {
        Optional<byte[]> bytes = bytes(id);
        if (bytes.isEmpty()) {
            return tokenizer.decode(id);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.get()))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder text = new StringBuilder("bytes:");
            for (byte b : bytes.get()) {
                text.append(String.format(Locale.ROOT, "\\x%02x", b));
            }
            return text.toString();
        }
    }

    /** Its bytes, from 0 to 255. */
    List<Integer> unsigned(int id) {
        byte[] bytes = bytes(id).orElseGet(() -> tokenizer.decode(id).getBytes(StandardCharsets.UTF_8));
        List<Integer> values = new ArrayList<>();
        for (byte b : bytes) {
            values.add(b & 0xff);
        }
        return values;
    }

    private Optional<byte[]> bytes(int id) {
        return tokenizer.pieces().map(pieces -> pieces[id]);
    }
}
