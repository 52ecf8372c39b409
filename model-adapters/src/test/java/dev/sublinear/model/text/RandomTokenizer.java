package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A byte-level BPE with random merges and random added tokens, prefixes of each other among them, all at random ids. It also
 * encodes by itself, slowly and obviously, and shares nothing with the library.
 */
final class RandomTokenizer {
    /** Of added tokens and of texts alike; none has a quote, a backslash or a brace. */
    static final List<String> PIECES = List.of(
            "<", "|", ">", "s", "1", "5", "15", ";", "-", "control-", "\u732b", "a", " ", "<s>", "|>", "<|", "/", "0");

    private static final List<String> USUAL =
            List.of("<|user|>", "<|assistant|>", "<|im_start|>", "<|im_end|>", "[INST]");

    private final Random random;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<String[]> merges = new ArrayList<>();
    private final Map<String, Integer> control = new LinkedHashMap<>();
    private final Map<String, Integer> found = new LinkedHashMap<>();
    private final String[] bytes = new String[256];

    RandomTokenizer(long seed) {
        random = new Random(seed);
        ByteTokenizer.json().path("model").path("vocab").properties().forEach(entry -> {
            int value = entry.getValue().intValue() - ByteTokenizer.FIRST_BYTE;
            if (value >= 0) {
                bytes[value] = entry.getKey();
            }
        });
        List<String> words = new ArrayList<>(List.of(bytes));
        List<String> symbols = new ArrayList<>();
        PIECES.forEach(piece -> utf8(piece).forEach(symbols::add));
        for (int i = random.nextInt(12); i > 0; i--) {
            String left = symbols.get(random.nextInt(symbols.size()));
            String right = symbols.get(random.nextInt(symbols.size()));
            if (!words.contains(left + right)) {
                merges.add(new String[] {left, right});
                words.add(left + right);
                symbols.add(left + right);
            }
        }
        List<String> added = addedTokens(words);
        words.addAll(added);
        List<Integer> ids =
                new ArrayList<>(IntStream.range(0, words.size()).boxed().toList());
        Collections.shuffle(ids, random);
        for (int i = 0; i < words.size(); i++) {
            vocabulary.put(words.get(i), ids.get(i));
        }
        added.forEach(token -> (random.nextInt(5) > 0 ? control : found).put(token, vocabulary.get(token)));
        if (control.isEmpty()) {
            control.put(added.get(0), found.remove(added.get(0)));
        }
    }

    private List<String> addedTokens(List<String> taken) {
        List<String> tokens = new ArrayList<>();
        for (int i = 2 + random.nextInt(12); i > 0; i--) {
            String token = random.nextInt(3) == 0 ? USUAL.get(random.nextInt(USUAL.size())) : "<" + words(3);
            if (!tokens.isEmpty() && random.nextInt(3) == 0) {
                token = tokens.get(random.nextInt(tokens.size())) + words(2);
            }
            if (token.length() > 1 && !taken.contains(token) && !tokens.contains(token)) {
                tokens.add(token);
            }
        }
        return tokens.isEmpty() ? List.of("<|user|>") : tokens;
    }

    private String words(int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    /** The ids of control tokens, by what spells them. */
    Map<String, Integer> control() {
        return control;
    }

    /** The ids of other added tokens, which any text may spell. */
    Map<String, Integer> found() {
        return found;
    }

    Tokenizer open() {
        return Tokenizer.of(json(), vocabulary.size());
    }

    private ObjectNode json() {
        ObjectNode json = ByteTokenizer.json();
        ((ObjectNode) json.path("pre_tokenizer")).put("use_regex", false);
        ArrayNode added = json.putArray("added_tokens");
        Map<String, Integer> all = new LinkedHashMap<>(control);
        all.putAll(found);
        all.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(token -> added.addObject()
                        .put("id", token.getValue())
                        .put("content", token.getKey())
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", control.containsKey(token.getKey())));
        ObjectNode model = (ObjectNode) json.path("model");
        ObjectNode vocab = model.putObject("vocab");
        vocabulary.forEach(vocab::put);
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pair -> pairs.add(pair[0] + " " + pair[1]));
        return json;
    }

    private List<String> utf8(String text) {
        List<String> symbols = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            symbols.add(bytes[Byte.toUnsignedInt(b)]);
        }
        return symbols;
    }

    /** The ids of a text in which nothing is an added token: the earliest merge first, of equals the leftmost. */
    List<Integer> merged(String text) {
        List<String> symbols = utf8(text);
        for (int[] next = next(symbols); next.length > 0; next = next(symbols)) {
            symbols.set(next[0], symbols.get(next[0]) + symbols.remove(next[0] + 1));
        }
        return symbols.stream().map(vocabulary::get).toList();
    }

    private int[] next(List<String> symbols) {
        for (String[] merge : merges) {
            for (int i = 0; i + 1 < symbols.size(); i++) {
                if (symbols.get(i).equals(merge[0]) && symbols.get(i + 1).equals(merge[1])) {
                    return new int[] {i};
                }
            }
        }
        return new int[0];
    }

    /** Added tokens, the longest first. */
    List<String> longestFirst() {
        List<String> tokens = new ArrayList<>(control.keySet());
        tokens.addAll(found.keySet());
        tokens.sort(Comparator.comparingInt(String::length).reversed());
        return tokens;
    }
}
