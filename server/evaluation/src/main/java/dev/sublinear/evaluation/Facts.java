package dev.sublinear.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/** Eight keys with a value each, as a list of lines. */
record Facts(List<String> keys, List<String> values) {
    private static final int COUNT = 8;

    /** What values are. */
    enum Values {
        /** Which stand out in prose. */
        NUMBERS,
        /** Which do not. */
        WORDS
    }

    static Facts draw(Material material, Values values) {
        List<String> keys = material.words().words(material.random(), COUNT);
        return new Facts(
                keys,
                values == Values.WORDS
                        ? material.words().words(material.random(), COUNT)
                        : IntStream.range(0, COUNT)
                                .mapToObj(i -> material.words().number(material.random()))
                                .toList());
    }

    int[] told(Material material) {
        StringBuilder text = new StringBuilder("\n\n");
        for (int i = 0; i < keys.size(); i++) {
            text.append(keys.get(i)).append(": ").append(values.get(i)).append('\n');
        }
        return material.tokens(text.append("\n\n").toString());
    }

    int[] question(Material material, int fact) {
        return material.tokens("\n\n" + keys.get(fact) + ":");
    }

    int[] answer(Material material, int fact) {
        return material.tokens(" " + values.get(fact));
    }
}
