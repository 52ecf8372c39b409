package dev.sublinear.model.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How text is cut into words before a byte-level BPE joins the bytes of each; {@code tokenizer.ggml.pre} names it.
 *
 * <p>The expressions are those of the models' own tokenizer.json. llama.cpp, which names them, has no classes of letters in
 * its regular expressions and so cuts words of mixed case in other alphabets otherwise in {@code tekken} and {@code gpt-4o}.
 *
 * @param splits regular expressions, each of which cuts what the one before has left
 * @param thenGpt2 whether GPT-2's own expression cuts after them
 * @param ignoresMerges whether a word that is a token is taken whole, however it merges
 * @param addsBos whether a text begins with the token that begins a sequence, if the file does not say
 * @param normalizes whether text is brought to Unicode's composed form first (NFC)
 */
record PreTokenizer(List<String> splits, boolean thenGpt2, boolean ignoresMerges, boolean addsBos, boolean normalizes) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 =
            CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + SPACES;
    private static final String QWEN2 =
            CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + SPACES;
    private static final String QWEN35 = CONTRACTION
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + SPACES;
    private static final String TEKKEN = cased("", "\\p{N}");
    private static final String GPT4O = cased(CONTRACTION + "?", "\\p{N}{1,3}");
    private static final List<String> DEEPSEEK3 = List.of(
            "\\p{N}{1,3}",
            "[一-龥\u3040-ゟ゠-ヿ]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES);
    private static final List<String> DEFAULT =
            List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");

    private static final Map<String, PreTokenizer> KNOWN = known();

    PreTokenizer {
        splits = List.copyOf(splits);
    }

    /** The one of that name, if it is known. */
    static Optional<PreTokenizer> of(String pre) {
        return Optional.ofNullable(KNOWN.get(pre));
    }

    /** Words of one case, or that begin with capitals. */
    private static String cased(String ending, String digits) {
        return "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+" + ending
                + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*" + ending
                + "|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;
    }

    private static Map<String, PreTokenizer> known() {
        Map<String, PreTokenizer> known = new HashMap<>();
        PreTokenizer llama3 = new PreTokenizer(List.of(LLAMA3), false, true, true, false);
        List.of("llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral", "lfm2")
                .forEach(name -> known.put(name, llama3));
        PreTokenizer dbrx = new PreTokenizer(List.of(LLAMA3), false, false, false, false);
        List.of("dbrx", "smaug-bpe").forEach(name -> known.put(name, dbrx));
        known.put("qwen2", new PreTokenizer(List.of(QWEN2), false, false, false, true));
        PreTokenizer likeQwen2 = new PreTokenizer(List.of(QWEN2), false, false, false, false);
        List.of("deepseek-r1-qwen", "megrez").forEach(name -> known.put(name, likeQwen2));
        known.put("qwen35", new PreTokenizer(List.of(QWEN35), false, false, false, true));
        PreTokenizer gpt2 = new PreTokenizer(List.of(), true, false, false, false);
        List.of("gpt-2", "phi-2", "olmo", "mpt", "jais", "exaone4", "modern-bert")
                .forEach(name -> known.put(name, gpt2));
        PreTokenizer singleDigits = new PreTokenizer(List.of("\\p{N}"), true, false, false, false);
        List.of("smollm", "starcoder", "refact", "command-r", "codeshell")
                .forEach(name -> known.put(name, singleDigits));
        known.put("tekken", new PreTokenizer(List.of(TEKKEN), false, true, true, false));
        PreTokenizer gpt4o = new PreTokenizer(List.of(GPT4O), false, false, false, false);
        List.of("gpt-4o", "llama4").forEach(name -> known.put(name, gpt4o));
        PreTokenizer deepseek3 = new PreTokenizer(DEEPSEEK3, false, false, false, false);
        List.of("deepseek-v3", "hunyuan-dense").forEach(name -> known.put(name, deepseek3));
        known.put("default", new PreTokenizer(DEFAULT, false, false, false, false));
        return Map.copyOf(known);
    }

    /** The names that are known. */
    static List<String> names() {
        return KNOWN.keySet().stream().sorted().toList();
    }

    /** As tokenizer.json has it. */
    ObjectNode json() {
        ArrayNode steps = JSON.arrayNode();
        for (String split : splits) {
            ObjectNode step = steps.addObject().put("type", "Split");
            step.putObject("pattern").put("Regex", split);
            step.put("behavior", "Isolated").put("invert", false);
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", thenGpt2);
        ObjectNode sequence = JSON.objectNode().put("type", "Sequence");
        sequence.set("pretokenizers", steps);
        return sequence;
    }
}
