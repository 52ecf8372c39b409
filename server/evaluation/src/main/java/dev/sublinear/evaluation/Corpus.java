package dev.sublinear.evaluation;

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
    private static final int PIECE = 20_000; // a tokenizer takes longer for one long text than for its pieces

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

    /** The bundled books, see {@code text/NOTICE.md}. They are public: most models have seen them. */
    public static Corpus bundled(Tokenizer tokenizer) {
        List<Stream> streams = new ArrayList<>();
        for (String name : BUNDLED) {
            streams.add(stream(name, resource("text/" + name + ".txt.gz"), tokenizer));
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

    /** The tokens that occur, ascending. */
    int[] vocabulary() {
        return vocabulary.clone();
    }

    /** What tells these texts from others. */
    String key() {
        return Integer.toHexString(texts().hashCode());
    }

    /** The texts themselves. */
    List<String> texts() {
        return streams.stream().map(Stream::text).toList();
    }

    /** The ids that begin every document. */
    int[] prefix() {
        return prefix.clone();
    }

    /**
     * Cuts documents that do not overlap, the texts taking turns, spread over each text. The first of many are those of
     * few: more documents keep what was measured.
     *
     * @throws IllegalArgumentException if the texts are too short for so many
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

    /**
     * Cuts the same documents, but returns the last of all that the texts have: what is fitted on these can be checked on the
     * first.
     */
    List<Document> lastDocuments(int count, int length) {
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

    /** A permutation of the slots in which those that come one after the other lie far apart. */
    private static int spread(int turn, int room) {
        int step = (int) Math.round(0.618 * room);
        while (step < room
                && BigInteger.valueOf(step).gcd(BigInteger.valueOf(room)).intValue() != 1) {
            step++;
        }
        return (int) ((long) turn * step % room);
    }

    /** Returns so many tokens of running text, from a place of one of the texts. */
    int[] excerpt(long place, int length) {
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
