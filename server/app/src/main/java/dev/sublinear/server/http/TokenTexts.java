package dev.sublinear.server.http;

import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.http.Answer.Scored;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What tokens are called where they stand alone: not all of them are whole characters, and control tokens are no text.
 * No two tokens have the same name.
 */
final class TokenTexts {
    private final Tokenizer tokenizer;
    /** Tokens whose text is called after another token. */
    private final BitSet nameless;

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        List<Optional<String>> texts =
                IntStream.range(0, tokenizer.vocabSize()).mapToObj(this::text).toList();
        this.nameless = nameless(texts, id -> tokenizer.controlToken(id).isPresent());
    }

    /**
     * Of equal texts a control token's counts, else the last: single bytes, which may spell a letter too, come first.
     *
     * @param texts of the tokens; empty for those without
     * @return the others
     */
    static BitSet nameless(List<Optional<String>> texts, IntPredicate isControl) {
        BitSet nameless = new BitSet();
        Map<String, Integer> named = new HashMap<>();
        for (int id = 0; id < texts.size(); id++) {
            if (texts.get(id).isEmpty()) {
                nameless.set(id);
                continue;
            }
            Integer other = named.put(texts.get(id).get(), id);
            if (other != null && isControl.test(other)) {
                named.put(texts.get(id).get(), other);
                nameless.set(id);
            } else if (other != null) {
                nameless.set(other);
            }
        }
        return nameless;
    }

    /** Finds where the tokens of a text begin, from this place on. */
    TextOffsets offsets(int at) {
        return new TextOffsets(tokenizer, at);
    }

    /**
     * Its text; what the checkpoint calls it, where it is a control token; {@code bytes:\xe2\x82}, where it is a part of a
     * character, as OpenAI writes it; {@code token_id:7}, as vLLM does, where it has no text or that of another.
     */
    String name(int id) {
        return nameless.get(id) ? "token_id:" + id : text(id).orElseThrow();
    }

    private Optional<String> text(int id) {
        Optional<String> control = tokenizer.controlToken(id);
        return control.isPresent() ? control : bytes(id).map(TokenTexts::spelled);
    }

    private static String spelled(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder text = new StringBuilder("bytes:");
            for (byte b : bytes) {
                text.append(String.format(Locale.ROOT, "\\x%02x", b));
            }
            return text.toString();
        }
    }

    /** The bytes that it adds to a text, from 0 to 255; empty if it adds none. */
    Optional<List<Integer>> unsigned(int id) {
        return bytes(id).map(bytes -> {
            List<Integer> values = new ArrayList<>();
            for (byte b : bytes) {
                values.add(b & 0xff);
            }
            return values;
        });
    }

    /** What is told of tokens and of those that were likely in their places. */
    List<TokenLogprob> logprobs(List<Scored> tokens) {
        return tokens.stream().map(this::logprob).toList();
    }

    private TokenLogprob logprob(Scored token) {
        List<TokenLogprob> top = token.logprobs().top().stream()
                .map(other -> logprob(other.id(), other.logprob(), null))
                .toList();
        return logprob(token.id(), token.logprobs().chosen(), top);
    }

    private TokenLogprob logprob(int id, double value, @Nullable List<TokenLogprob> top) {
        return new TokenLogprob(name(id), value, unsigned(id).orElse(null), top);
    }

    private Optional<byte[]> bytes(int id) {
        byte[] bytes = tokenizer
                .pieces()
                .map(pieces -> pieces[id])
                .orElseGet(() -> tokenizer.decode(id).getBytes(StandardCharsets.UTF_8));
        return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
    }
}
