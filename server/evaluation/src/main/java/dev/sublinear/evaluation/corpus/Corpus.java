package dev.sublinear.evaluation.corpus;

import dev.sublinear.model.text.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/** Long texts as tokens, to be cut into documents. */
public final class Corpus {
    private static final List<String> BUNDLED = List.of("emma", "jude-the-obscure", "the-voyage-of-the-beagle");
    private static final int PIECE =
            20_000; // characters; a tokenizer takes longer for one long text than for its pieces

    private final List<Stream> streams;
    private final int[] prefix;
    private final int[] vocabulary;

    private Corpus(List<Stream> streams, int[] prefix) {
        this.streams = streams;
        this.prefix = prefix;
        this.vocabulary = streams.stream()
                .flatMapToInt(stream -> IntStream.of(stream.tokens()))
                .distinct()
                .sorted()
                .toArray();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stream(String name, String text, int[] tokens) {}

    /** Returns the bundled books, see {@code NOTICE.md} beside them. They are public: most models were trained on them. */
    public static Corpus bundled(Tokenizer tokenizer) {
        List<Stream> streams = new ArrayList<>();
        for (String name : BUNDLED) {
            streams.add(stream(name, resource(name + ".txt.gz"), tokenizer));
        }
        return new Corpus(streams, tokenizer.encodePrompt(""));
    }

    /**
     * Reads text files in UTF-8.
     *
     * @throws UncheckedIOException if one cannot be read
     */
    public static Corpus of(List<Path> files, Tokenizer tokenizer) {
        List<Stream> streams = new ArrayList<>();
        for (Path file : files) {
            try {
                streams.add(stream(Objects.toString(file.getFileName()), Files.readString(file), tokenizer));
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read as UTF-8 text: " + e.getMessage(), e);
            }
        }
        return new Corpus(streams, tokenizer.encodePrompt(""));
    }

    private static String resource(String name) {
        try (InputStream packed = Corpus.class.getResourceAsStream(name)) {
            if (packed == null) {
                throw new IllegalStateException("resource " + name + " is missing");
            }
            try (InputStream plain = new GZIPInputStream(packed)) {
                return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream stream(String name, String text, Tokenizer tokenizer) {
        IntStream tokens = IntStream.empty();
        List<int[]> pieces = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int cut = at + PIECE < text.length() ? text.lastIndexOf("\n\n", at + PIECE) : text.length();
            cut = cut > at ? cut : wholeCharacters(text, Math.min(text.length(), at + PIECE));
            pieces.add(tokenizer.encode(text.substring(at, cut)));
            at = cut;
        }
        for (int[] piece : pieces) {
            tokens = IntStream.concat(tokens, IntStream.of(piece));
        }
        return new Stream(name, text, tokens.toArray());
    }

    private static int wholeCharacters(String text, int cut) {
        return cut < text.length() && Character.isLowSurrogate(text.charAt(cut)) ? cut - 1 : cut;
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
        return streams.stream().map(Stream::text).toList();
    }

    /** Returns the ids that the checkpoint puts before every document. */
    public int[] prefix() {
        return prefix.clone();
    }

    /**
     * Cuts documents that do not overlap, from each text in turn, spread over it. A larger count begins with the documents of a
     * smaller one, so that results are reused.
     *
     * @param length of each, in tokens, with the prefix
     * @throws IllegalArgumentException if the texts have fewer documents of that length
     */
    public List<Document> documents(int count, int length) {
        int body = length - prefix.length;
        List<Document> documents = new ArrayList<>();
        for (int turn = 0; documents.size() < count; turn++) {
            int before = documents.size();
            for (Stream stream : streams) {
                int room = stream.tokens().length / body;
                if (turn < room && documents.size() < count) {
                    documents.add(document(stream, spread(turn, room), body));
                }
            }
            if (documents.size() == before) {
                throw new IllegalArgumentException("the texts have " + before + " documents of " + length
                        + " tokens, and " + count + " are wanted");
            }
        }
        return documents;
    }

    /** Returns the last of all documents of that length that the texts have: none of the first ones, if there are enough. */
    public List<Document> lastDocuments(int count, int length) {
        int body = length - prefix.length;
        int all = streams.stream()
                .mapToInt(stream -> stream.tokens().length / body)
                .sum();
        List<Document> documents = documents(Math.max(all, count), length);
        return documents.subList(all - count, all);
    }

    private Document document(Stream stream, int slot, int body) {
        int from = slot * body;
        int[] tokens = IntStream.concat(IntStream.of(prefix), Arrays.stream(stream.tokens(), from, from + body))
                .toArray();
        return new Document(stream.name() + "#" + slot, tokens);
    }

    /** Returns the slot of a turn: a permutation of the slots in which neighbours lie far apart. */
    private static int spread(int turn, int room) {
        int step = (int) Math.round(0.618 * room);
        while (step < room
                && BigInteger.valueOf(step).gcd(BigInteger.valueOf(room)).intValue() != 1) {
            step++;
        }
        return (int) ((long) turn * step % room);
    }

    /**
     * Returns running text.
     *
     * @param place any number; it chooses the text and where in it the excerpt begins
     * @param length in tokens
     * @throws IllegalArgumentException if the text is not longer
     */
    public int[] excerpt(long place, int length) {
        Stream stream = streams.get((int) Math.floorMod(place, (long) streams.size()));
        int room = stream.tokens().length - length;
        if (room < 1) {
            throw new IllegalArgumentException("text " + stream.name() + " must have more than " + length
                    + " tokens, has " + stream.tokens().length);
        }
        int from = (int) Math.floorMod(place / streams.size(), (long) room);
        return IntStream.of(stream.tokens()).skip(from).limit(length).toArray();
    }
}
