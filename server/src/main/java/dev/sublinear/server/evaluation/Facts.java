package dev.sublinear.server.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/** Eight keys with a number each, as a list of lines. */
record Facts(List<String> keys, List<String> values) {
    private static final int COUNT = 8;

    static Facts draw(Material material) {
        List<String> keys = material.words().words(material.random(), COUNT);
        List<String> values = IntStream.range(0, COUNT)
                .mapToObj(i -> material.words().number(material.random()))
                .toList();
        return new Facts(keys, values);
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
