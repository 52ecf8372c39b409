package dev.sublinear.evaluation;

import dev.sublinear.model.text.Tokenizer;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What a trial is made of.
 *
 * @param context tokens of the context
 * @param depth where in it something is told, from 0 to 1
 */
record Material(Corpus corpus, Tokenizer tokenizer, Words words, Random random, int context, double depth) {

    static int[] join(int[]... parts) {
        return IntStream.range(0, parts.length)
                .flatMap(i -> IntStream.of(parts[i]))
                .toArray();
    }

    int[] tokens(String text) {
        return tokenizer.encode(text);
    }

    /** A context of running text with something told in it, at the depth. */
    int[] contextWith(int[] told) {
        int[] prefix = corpus.prefix();
        int filler = context - prefix.length - told.length;
        int before = (int) (depth * filler);
        return join(prefix, excerpt(before), told, excerpt(filler - before));
    }

    /** One of the tokens that the texts have, rare or not. */
    int anyToken() {
        int[] known = corpus.vocabulary();
        return known[random.nextInt(known.length)];
    }

    /** Running text from a random place. */
    int[] excerpt(int length) {
        return length <= 0 ? new int[0] : corpus.excerpt(random.nextLong(), length);
    }
}
