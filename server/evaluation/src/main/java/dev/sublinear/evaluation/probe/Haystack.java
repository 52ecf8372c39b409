package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.corpus.Corpus;
import dev.sublinear.model.text.Tokenizer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Running text in which a probe hides its needle.
 *
 * @param words of which needles are made
 * @param random of one trial
 * @param length of a context, in tokens
 * @param depth of the needle in the context, from 0, the beginning, to 1
 */
record Haystack(Corpus corpus, Tokenizer tokenizer, WordList words, Random random, int length, double depth) {

    /** Returns the token ids of all parts, one after the other. */
    static int[] join(int[]... parts) {
        return IntStream.range(0, parts.length)
                .flatMap(i -> IntStream.of(parts[i]))
                .toArray();
    }

    /** Returns the same with the needle at the beginning. */
    Haystack atStart() {
        return new Haystack(corpus, tokenizer, words, random, length, 0);
    }

    /** Returns a context of the full length: the checkpoint's prefix, and running text around the needle. */
    int[] contextWith(int[] needle) {
        int[] prefix = corpus.prefix();
        int filler = length - prefix.length - needle.length;
        int before = (int) (depth * filler);
        return join(prefix, excerpt(before), needle, excerpt(filler - before));
    }

    /** Returns running text of a number of tokens from a random place. */
    int[] excerpt(int tokens) {
        return tokens <= 0 ? new int[0] : corpus.excerpt(random.nextLong(), tokens);
    }

    /** Returns one of the tokens that occur in the texts, each with the same probability. */
    int anyToken() {
        int[] known = corpus.vocabulary();
        return known[random.nextInt(known.length)];
    }

    int[] tokens(String text) {
        return tokenizer.encode(text);
    }

    /** Returns different words. */
    List<String> words(int count) {
        return words.draw(random, count);
    }

    /** Returns a number of four digits. */
    String number() {
        return Integer.toString(1000 + random.nextInt(9000));
    }
}
