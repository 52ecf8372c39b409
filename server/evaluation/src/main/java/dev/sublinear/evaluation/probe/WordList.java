package dev.sublinear.evaluation.probe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words of 4 to 9 letters from the texts, ranks 201 to 1,700 by frequency: needles are made of them. */
final class WordList {
    private static final Pattern WORD = Pattern.compile("\\b[A-Za-z]{4,9}\\b");
    private static final int COMMONEST = 200; // too common in the haystack to stand for one thing
    private static final int COUNT = 1500;

    private final List<String> words;

    /** @throws IllegalArgumentException if the texts have too few words */
    WordList(List<String> texts) {
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

    /** Returns different words. */
    List<String> draw(Random random, int count) {
        List<String> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            String word = words.get(random.nextInt(words.size()));
            if (!drawn.contains(word)) {
                drawn.add(word);
            }
        }
        return drawn;
    }
}
