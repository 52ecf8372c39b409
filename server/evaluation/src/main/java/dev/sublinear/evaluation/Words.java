package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What keys and values are made of: words of 4 to 9 letters from the texts, and numbers. */
final class Words {
    private static final Pattern WORD = Pattern.compile("\\b[A-Za-z]{4,9}\\b");
    private static final int COMMONEST = 200; // too common to be told apart
    private static final int COUNT = 1500;

    private final List<String> words;

    Words(List<String> texts) {
        Map<String, Integer> counts = new HashMap<>();
        for (String text : texts) {
            Matcher matcher = WORD.matcher(text);
            while (matcher.find()) {
                counts.merge(matcher.group(), 1, Integer::sum);
            }
        }
        List<String> common = counts.entrySet().stream()
                .filter(word -> word.getKey().equals(word.getKey().toLowerCase(Locale.ROOT)))
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .skip(COMMONEST)
                .limit(COUNT)
                .toList();
        if (common.size() < 16) {
            throw new IllegalArgumentException(
                    "the texts must have more than " + (COMMONEST + 16) + " different words of 4 to 9 letters");
        }
        this.words = common;
    }

    String word(Random random) {
        return words.get(random.nextInt(words.size()));
    }

    /** Returns so many different words. */
    List<String> words(Random random, int count) {
        List<String> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            String word = word(random);
            if (!drawn.contains(word)) {
                drawn.add(word);
            }
        }
        return drawn;
    }

    /** Returns four digits. */
    String number(Random random) {
        return Integer.toString(1000 + random.nextInt(9000));
    }
}
