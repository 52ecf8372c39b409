package dev.sublinear.evaluation.corpus;

import dev.sublinear.model.text.Chat;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Prompt;
import dev.sublinear.model.text.Tokenizer;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A long text as tokens. Its beginning is for evaluation, its end for calibration: they have no token in common. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TextStream(String name, Kind kind, String text, int[] tokens) {
    /** Characters; a tokenizer takes longer for one long text than for its pieces. */
    private static final int PIECE = 20_000;

    /** Share of the tokens that is for evaluation. */
    private static final double FOR_EVALUATION = 0.6;

    /**
     * A part of a stream.
     *
     * @param name of the text and the part
     * @param from first token
     * @param to token after the last
     */
    private record Part(String name, int from, int to) {
        int slots(int body) {
            return (to - from) / body;
        }
    }

    static TextStream of(String name, Kind kind, String text, Tokenizer tokenizer) {
        List<String> pieces = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int cut = at + PIECE < text.length() ? text.lastIndexOf("\n\n", at + PIECE) : text.length();
            cut = cut > at ? cut : wholeCharacters(text, Math.min(text.length(), at + PIECE));
            pieces.add(text.substring(at, cut));
            at = cut;
        }
        return new TextStream(name, kind, text, joined(pieces.parallelStream().map(tokenizer::encode)));
    }

    /** Returns conversations one after the other, as the model reads them. */
    static TextStream of(String name, List<List<Message>> chats, ChatTemplate template) {
        List<Prompt> prompts = chats.stream()
                .map(messages -> template.prompt(Chat.of(messages).with(Chat.Ending.MESSAGE_ENDS)))
                .toList();
        String text = String.join("", prompts.stream().map(Prompt::text).toList());
        return new TextStream(name, Kind.CHAT, text, joined(prompts.stream().map(Prompt::ids)));
    }

    private static int[] joined(Stream<int[]> pieces) {
        return pieces.flatMapToInt(IntStream::of).toArray();
    }

    private static int wholeCharacters(String text, int cut) {
        return cut < text.length() && Character.isLowSurrogate(text.charAt(cut)) ? cut - 1 : cut;
    }

    private Part evaluated() {
        return new Part(name, 0, (int) (FOR_EVALUATION * tokens.length));
    }

    private Part calibrated() {
        return new Part(name + "-end", (int) (FOR_EVALUATION * tokens.length), tokens.length);
    }

    /**
     * Returns the documents for evaluation that their part of the text has, in an order in which neighbours lie far apart: the
     * first few are spread over it.
     *
     * @param prefix that each begins with
     * @param length of each in tokens, with the prefix
     */
    List<Document> evaluationDocuments(int[] prefix, int length) {
        return documents(evaluated(), prefix, length);
    }

    /** Returns the documents for calibration, likewise. */
    List<Document> calibrationDocuments(int[] prefix, int length) {
        return documents(calibrated(), prefix, length);
    }

    private List<Document> documents(Part part, int[] prefix, int length) {
        int body = length - prefix.length;
        int room = part.slots(body);
        return IntStream.range(0, room)
                .map(turn -> spread(turn, room))
                .mapToObj(slot ->
                        new Document(part.name() + "#" + slot, kind, excerpt(prefix, part.from() + slot * body, body)))
                .toList();
    }

    private int[] excerpt(int[] prefix, int from, int count) {
        return IntStream.concat(IntStream.of(prefix), Arrays.stream(tokens, from, from + count))
                .toArray();
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
     * Returns running text of the part for evaluation.
     *
     * @param place any number; it chooses where the excerpt begins
     * @throws IllegalArgumentException if the part is not longer than {@code length} tokens
     */
    int[] excerpt(long place, int length) {
        int room = evaluated().to() - length;
        if (room < 1) {
            throw new IllegalArgumentException("text " + name + " must have more than "
                    + (int) Math.ceil(length / FOR_EVALUATION) + " tokens, has " + tokens.length);
        }
        return excerpt(new int[0], (int) Math.floorMod(place, (long) room), length);
    }
}
