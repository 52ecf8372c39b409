package dev.sublinear.evaluation.probe;

import java.util.List;
import java.util.stream.Stream;

/** Eight keys with a value each, told as a list of lines. */
record KeyValuePairs(List<String> keys, List<String> values) {
    private static final int COUNT = 8;

    /** The kind of the values. */
    enum Values {
        /** Numbers, which stand out in prose. */
        NUMBERS,
        /** Words, which do not. */
        WORDS
    }

    static KeyValuePairs draw(Haystack haystack, Values values) {
        List<String> keys = haystack.words(COUNT);
        return new KeyValuePairs(
                keys,
                values == Values.WORDS
                        ? haystack.words(COUNT)
                        : Stream.generate(haystack::number).limit(COUNT).toList());
    }

    /** Returns the tokens of the list. */
    int[] needle(Haystack haystack) {
        StringBuilder text = new StringBuilder("\n\n");
        for (int i = 0; i < keys.size(); i++) {
            text.append(keys.get(i)).append(": ").append(values.get(i)).append('\n');
        }
        return haystack.tokens(text.append("\n\n").toString());
    }

    /** Returns the index of a random pair. */
    int any(Haystack haystack) {
        return haystack.random().nextInt(keys.size());
    }

    int[] question(Haystack haystack, int pair) {
        return haystack.tokens("\n\n" + keys.get(pair) + ":");
    }

    int[] answer(Haystack haystack, int pair) {
        return haystack.tokens(" " + values.get(pair));
    }
}
