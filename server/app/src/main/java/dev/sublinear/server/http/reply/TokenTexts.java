package dev.sublinear.server.http.reply;

import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
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
 * Names for single tokens: not all are whole characters, and control tokens are no text. No two tokens have the same name.
 */
public final class TokenTexts {
    private final Tokenizer tokenizer;
    /** Tokens without a name of their own: they have no text, or their text is the name of another token. */
    private final BitSet nameless;

    public TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        List<Optional<String>> texts =
                IntStream.range(0, tokenizer.vocabSize()).mapToObj(this::text).toList();
        this.nameless = nameless(texts, id -> tokenizer.controlToken(id).isPresent());
    }

    /**
     * Of tokens with equal texts the control token gets the name, else the last: single bytes, which may spell a letter too,
     * come first in vocabularies.
     *
     * @param texts of all tokens; empty for those without a text
     * @return the tokens that get no name
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

    /** Returns the offsets of tokens whose text begins at an offset. */
    TextOffsets offsets(int at) {
        return new TextOffsets(tokenizer, at);
    }

    /**
     * Returns the token's text. A control token has the checkpoint's name; a part of a character is {@code bytes:\xe2\x82}, as
     * OpenAI writes it; a token without a text or with that of another is {@code token_id:7}, as vLLM writes it.
     */
    public String name(int id) {
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

    /** Returns the bytes that the token adds to a text, each from 0 to 255; empty if it adds none. */
    Optional<List<Integer>> unsigned(int id) {
        return bytes(id).map(bytes -> {
            List<Integer> values = new ArrayList<>();
            for (byte b : bytes) {
                values.add(b & 0xff);
            }
            return values;
        });
    }

    /** Returns the log probabilities of tokens, which do not change any more, each with those of the likeliest tokens in its place. */
    List<TokenLogprob> logprobs(List<Scored> tokens) {
        return new MappedList<>(tokens, this::logprob);
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
