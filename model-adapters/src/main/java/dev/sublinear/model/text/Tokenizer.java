package dev.sublinear.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.jinja.Text;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Text to ids and back, through DJL's tokenizer. Text never turns into control tokens, nor control tokens into text.
 * May be used by several threads at once; {@link #close} waits for them, and refuses who comes later.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";
    // DJL cuts texts at 512 tokens unless it is told not to.
    private static final Map<String, String> AS_IT_IS =
            Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD", "addSpecialTokens", "false");

    /** Held to read while the native library is used, to write while it is let go: used after that, it ends the process. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private final HuggingFaceTokenizer encoder;
    private final HuggingFaceTokenizer decoder;
    /** Begins the names by which the encoder knows control tokens, before their id: no text contains it. */
    private final String nonce;

    private final Vocabulary vocabulary;
    private final BitSet shown;
    private final Map<Integer, String> controlTokens;
    private final Optional<byte[][]> pieces;
    private final Optional<LeastTokens> least;
    private final int[] prefix;
    private final int vocabSize;

    /**
     * Makes the tokenizer of a checkpoint.
     *
     * @throws CheckpointException if there is none, if it is malformed, if an id is not below the rows of
     *     the embedding, or if the library gives an added token another id than the file does
     */
    public static Tokenizer open(Checkpoint checkpoint) {
        return of(checkpoint.tokenizer(), checkpoint.spec().vocabSize());
    }

    static Tokenizer of(ObjectNode json, int rows) {
        Vocabulary vocabulary = Vocabulary.of(json, rows);
        String nonce = vocabulary.nonce();
        ObjectNode plain = Vocabulary.plain(json);
        HuggingFaceTokenizer decoder = load(plain);
        try {
            verifyIds(vocabulary, decoder);
            HuggingFaceTokenizer encoder = load(vocabulary.unspeakable(plain, nonce));
            try {
                verifySilence(vocabulary, encoder);
                return new Tokenizer(encoder, decoder, nonce, vocabulary, json, rows);
            } catch (RuntimeException e) {
                encoder.close();
                throw e;
            }
        } catch (RuntimeException e) {
            decoder.close();
            throw e;
        }
    }

    private Tokenizer(
            HuggingFaceTokenizer encoder,
            HuggingFaceTokenizer decoder,
            String nonce,
            Vocabulary vocabulary,
            ObjectNode json,
            int rows) {
        this.encoder = encoder;
        this.decoder = decoder;
        this.nonce = nonce;
        this.vocabulary = vocabulary;
        this.shown = vocabulary.shown();
        this.controlTokens = vocabulary.added().stream()
                .filter(Vocabulary.Added::special)
                .collect(Collectors.toMap(Vocabulary.Added::id, Vocabulary.Added::content, (one, same) -> one));
        this.pieces = Pieces.of(json, rows);
        this.least = pieces.flatMap(each -> LeastTokens.of(json, each));
        this.prefix = PromptPrefix.of(json, rows);
        this.vocabSize = rows;
    }

    private static HuggingFaceTokenizer load(ObjectNode json) {
        byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), AS_IT_IS);
        } catch (IOException | RuntimeException e) {
            throw new CheckpointException(FILE, "is not a tokenizer: " + e.getMessage(), e);
        }
    }

    private static void verifyIds(Vocabulary vocabulary, HuggingFaceTokenizer tokenizer) {
        for (Vocabulary.Added token : vocabulary.added()) {
            long[] ids = tokenizer.encode(token.content(), false, false).getIds();
            if (Arrays.stream(ids).noneMatch(id -> id == token.id())) {
                throw new CheckpointException(
                        FILE,
                        "an added token must have the id that the library gives it, " + Arrays.toString(ids) + ", was "
                                + token.id());
            }
        }
    }

    private static void verifySilence(Vocabulary vocabulary, HuggingFaceTokenizer tokenizer) {
        for (Vocabulary.Added token : vocabulary.added()) {
            long[] ids = tokenizer.encode(token.content(), false, false).getIds();
            boolean contains = Arrays.stream(ids).anyMatch(id -> id == token.id());
            if (contains == token.special()) {
                throw new CheckpointException(
                        FILE,
                        "its control tokens cannot be told from text: the text of token " + token.id() + " becomes "
                                + Arrays.toString(ids));
            }
        }
    }

    /**
     * The ids of a text, with nothing put before or after it. What spells a control token stays text.
     *
     * @throws IllegalArgumentException if the text has half of a surrogate pair, which is no character
     */
    public int[] encode(String text) {
        requireWholeCharacters(text);
        return ids(text);
    }

    /**
     * The ids of a text that a sequence begins with: those of {@link #encode}, after the control tokens that the
     * checkpoint puts first, if any.
     *
     * @throws IllegalArgumentException as {@link #encode}
     */
    public int[] encodePrompt(String text) {
        return IntStream.concat(Arrays.stream(prefix), Arrays.stream(encode(text)))
                .toArray();
    }

    /**
     * Refuses a text that must have more tokens than this, in a small part of the time that it takes to encode it: a text
     * takes as many seconds as its author wants. Of a tokenizer that may drop text nothing can be said, and nothing is refused.
     *
     * @throws TooManyTokensException saying how many there are at least
     */
    public void requireAtMost(int most, String text) {
        long tokens = leastTokens(text);
        if (tokens > most) {
            throw new TooManyTokensException(most, tokens);
        }
    }

    /** A number of tokens that a text has at least; 0 where nothing is known. */
    long leastTokens(String text) {
        return least.map(bound -> bound.of(text)).orElse(0L);
    }

    /**
     * The ids of a text of which the template's part may spell control tokens. Those become what they spell; the rest is
     * tokenized as transformers does, which takes the words of a message and those around it together.
     *
     * @throws IllegalArgumentException as {@link #encode(String)}
     */
    int[] encode(Text text) {
        requireWholeCharacters(text.toString());
        return ids(vocabulary.withControlTokens(text, nonce));
    }

    private int[] ids(String text) {
        return Arrays.stream(whileOpen(() -> encoder.encode(text, false, false).getIds()))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private <T> T whileOpen(Supplier<T> work) {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return work.get();
        } finally {
            use.readLock().unlock();
        }
    }

    private static void requireWholeCharacters(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw new IllegalArgumentException(
                        "text must not have half of a surrogate pair, has one at index " + i);
            }
        }
    }

    /**
     * The text of ids. Control tokens, and ids that have an embedding but no token, have none; bytes that are not UTF-8
     * become replacement characters.
     *
     * @throws IllegalArgumentException if an id is not from 0 to {@link #vocabSize} - 1
     */
    public String decode(int... ids) {
        for (int id : ids) {
            requireInVocabulary(id);
        }
        return whileOpen(() -> decoder.decode(Arrays.stream(ids).asLongStream().toArray(), true));
    }

    private void requireInVocabulary(int id) {
        if (id < 0 || id >= vocabSize) {
            throw new IllegalArgumentException("token id must be from 0 to " + (vocabSize - 1) + ", was " + id);
        }
    }

    /** Whether an id adds to the text. */
    boolean isShown(int id) {
        requireInVocabulary(id);
        return shown.get(id);
    }

    /** The number of ids: the rows of the model's embedding, of which a few may have no token. */
    public int vocabSize() {
        return vocabSize;
    }

    /**
     * The bytes that each id adds to a text; none for those that {@link #decode} does not show. Not to be changed.
     * Empty if this tokenizer is of a kind whose tokens' bytes depend on their neighbours.
     */
    public Optional<byte[][]> pieces() {
        return pieces;
    }

    /**
     * What the checkpoint calls a control token; empty for all others.
     *
     * @throws IllegalArgumentException if the id is not from 0 to {@link #vocabSize} - 1
     */
    public Optional<String> controlToken(int id) {
        requireInVocabulary(id);
        return Optional.ofNullable(controlTokens.get(id));
    }

    /** The id of an added token, such as a control token, by what the checkpoint calls it. */
    public OptionalInt idOf(String addedToken) {
        return vocabulary.added().stream()
                .filter(token -> token.content().equals(addedToken))
                .mapToInt(Vocabulary.Added::id)
                .findFirst();
    }

    /** The id of a control token by what the checkpoint calls it; empty if that is none, but perhaps text. */
    public OptionalInt controlTokenNamed(String name) {
        return vocabulary.added().stream()
                .filter(token -> token.special() && token.content().equals(name))
                .mapToInt(Vocabulary.Added::id)
                .findFirst();
    }

    /** A new decoder, for one stream of ids. */
    public StreamingDecoder streamingDecoder() {
        return streamingDecoder(Set.of());
    }

    /** A new decoder, for one stream of ids, that tells these control tokens by their names. */
    public StreamingDecoder streamingDecoder(Set<Integer> told) {
        Map<Integer, String> names = new HashMap<>(controlTokens);
        names.keySet().retainAll(told);
        return new StreamingDecoder(this, names);
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                encoder.close();
                decoder.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
