package dev.sublinear.evaluation.corpus;

import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Long texts as tokens, to be cut into documents: some for evaluation, others for calibration. */
public final class Corpus {
    private static final List<String> BOOKS = List.of("emma", "jude-the-obscure", "the-voyage-of-the-beagle");
    private static final List<String> SOURCES = List.of("python-standard-library", "sublinear-cache");
    private static final String CHATS = "chats";

    private final List<TextStream> streams;
    private final int[] prefix;
    private final int[] vocabulary;

    private Corpus(List<TextStream> streams, int[] prefix) {
        this.streams = streams;
        this.prefix = prefix;
        this.vocabulary = streams.stream()
                .flatMapToInt(stream -> IntStream.of(stream.tokens()))
                .distinct()
                .sorted()
                .toArray();
    }

    /** Returns the bundled texts with a chat template that any model gets, {@code User: … Assistant:}. */
    public static Corpus bundled(Tokenizer tokenizer) {
        return bundled(tokenizer, ChatTemplate.plain(tokenizer));
    }

    /**
     * Returns the bundled books, source code and conversations, see {@code NOTICE.md} beside them. The books and most of the code
     * are public: most models were trained on them.
     *
     * @param template of the model, which the conversations are written in
     */
    public static Corpus bundled(Tokenizer tokenizer, ChatTemplate template) {
        List<TextStream> streams = new ArrayList<>();
        BOOKS.forEach(name -> streams.add(TextStream.of(name, Kind.PROSE, Resources.text(name), tokenizer)));
        SOURCES.forEach(name -> streams.add(TextStream.of(name, Kind.CODE, Resources.text(name), tokenizer)));
        streams.add(TextStream.of(CHATS, Resources.chats(CHATS), template));
        return new Corpus(streams, tokenizer.encodePrompt(""));
    }

    /**
     * Reads text files in UTF-8.
     *
     * @throws UncheckedIOException if one cannot be read
     */
    public static Corpus of(List<Path> files, Tokenizer tokenizer) {
        List<TextStream> streams = new ArrayList<>();
        for (Path file : files) {
            String name = Objects.toString(file.getFileName());
            try {
                streams.add(TextStream.of(name, Kind.ofFile(name), Files.readString(file), tokenizer));
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read as UTF-8 text: " + e.getMessage(), e);
            }
        }
        return new Corpus(streams, tokenizer.encodePrompt(""));
    }

    /** Returns the token ids that occur in the texts, ascending. */
    public int[] vocabulary() {
        return vocabulary.clone();
    }

    /** Returns a hash of the texts: results are looked up by it. */
    public String key() {
        return Integer.toHexString(texts().hashCode());
    }

    /** Returns the texts themselves. */
    public List<String> texts() {
        return streams.stream().map(TextStream::text).toList();
    }

    /** Returns the ids that the checkpoint puts before every document. */
    public int[] prefix() {
        return prefix.clone();
    }

    /**
     * Cuts documents for evaluation that do not overlap: half of them prose, the others code and conversations in turn, where the
     * texts have them. A larger count begins with the documents of a smaller one, so that results are reused.
     *
     * @param length of each, in tokens, with the prefix
     * @throws IllegalArgumentException if the texts have fewer documents of that length
     */
    public List<Document> documents(int count, int length) {
        return inTurn(count, length, stream -> stream.evaluationDocuments(prefix, length));
    }

    /** Cuts documents for calibration likewise, none of which has a token in common with one for evaluation of any length. */
    public List<Document> lastDocuments(int count, int length) {
        return inTurn(count, length, stream -> stream.calibrationDocuments(prefix, length));
    }

    private List<Document> inTurn(int count, int length, Function<TextStream, List<Document>> cut) {
        Map<Kind, Deque<Document>> left = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            left.put(kind, ofKind(kind, cut));
        }
        List<Document> documents = new ArrayList<>();
        for (int turn = 0; documents.size() < count; turn++) {
            if (left.values().stream().allMatch(Deque::isEmpty)) {
                throw new IllegalArgumentException("the texts have " + documents.size() + " documents of " + length
                        + " tokens, and " + count + " are wanted");
            }
            Kind kind = Kind.TURNS.get(turn % Kind.TURNS.size());
            Document next = Objects.requireNonNull(left.get(kind)).poll();
            if (next != null) {
                documents.add(next);
            }
        }
        return documents;
    }

    /** Returns all documents of one kind, from each text in turn. */
    private Deque<Document> ofKind(Kind kind, Function<TextStream, List<Document>> cut) {
        List<Deque<Document>> texts = new ArrayList<>();
        for (TextStream stream : streams) {
            if (stream.kind() == kind) {
                texts.add(new ArrayDeque<>(cut.apply(stream)));
            }
        }
        Deque<Document> documents = new ArrayDeque<>();
        texts.removeIf(Deque::isEmpty);
        while (!texts.isEmpty()) {
            texts.forEach(text -> documents.add(text.remove()));
            texts.removeIf(Deque::isEmpty);
        }
        return documents;
    }

    /**
     * Returns running text, prose if there is any.
     *
     * @param place any number; it chooses the text and where in it the excerpt begins
     * @param length in tokens
     * @throws IllegalArgumentException if the text is not longer
     */
    public int[] excerpt(long place, int length) {
        List<TextStream> running = running();
        TextStream stream = running.get((int) Math.floorMod(place, (long) running.size()));
        return stream.excerpt(place / running.size(), length);
    }

    /** Returns the texts that excerpts are taken from. */
    public List<String> runningTexts() {
        return running().stream().map(TextStream::text).toList();
    }

    private List<TextStream> running() {
        List<TextStream> prose =
                streams.stream().filter(stream -> stream.kind() == Kind.PROSE).toList();
        return prose.isEmpty() ? streams : prose;
    }
}
