package dev.sublinear.engine.source;

import dev.sublinear.engine.model.LanguageModel;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.text.ByteTokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * A stub in place of a model: {@code stub:} alone, or with some of {@code tokens-per-second=50}, {@code context=8192} and
 * {@code vocabulary=260} after it, with commas between them. A server with it does everything but compute.
 *
 * @param tokensPerSecond how many tokens each sequence gets: a step takes as long as one of them, however many it reads;
 *     {@link Double#POSITIVE_INFINITY}, if none is given, for as many as there can be
 * @param context the longest sequence, in tokens
 * @param vocabulary how many logits there are to choose from; those from 260 on stand for no byte and are never chosen
 */
public record StubSource(double tokensPerSecond, int context, int vocabulary) implements ModelSource {
    static final String PREFIX = "stub:";

    private static final String RATE = "tokens-per-second";
    private static final String CONTEXT = "context";
    private static final String VOCABULARY = "vocabulary";
    private static final Set<String> KEYS = Set.of(RATE, CONTEXT, VOCABULARY);
    private static final double LEAST_RATE = 0.001;
    private static final int MOST_CONTEXT = 1 << 20;
    private static final int MOST_VOCABULARY = 1 << 18;

    public StubSource {
        require(tokensPerSecond >= LEAST_RATE, RATE + " must be at least " + LEAST_RATE, tokensPerSecond);
        require(context >= 2 && context <= MOST_CONTEXT, CONTEXT + " must be from 2 to " + MOST_CONTEXT, context);
        require(
                vocabulary >= ByteTokenizer.VOCABULARY && vocabulary <= MOST_VOCABULARY,
                VOCABULARY + " must be from " + ByteTokenizer.VOCABULARY + " to " + MOST_VOCABULARY,
                vocabulary);
    }

    static StubSource parse(String text) {
        Map<String, String> given = new HashMap<>();
        String rest = text.substring(PREFIX.length());
        for (String part : rest.isEmpty() ? new String[0] : rest.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            require(KEYS.contains(key) && equals >= 0, "stub: takes key=value with keys of " + sorted(), part);
            require(given.put(key, part.substring(equals + 1)) == null, "stub: takes each key once", key);
        }
        return new StubSource(
                number(given, RATE, Double::parseDouble, Double.POSITIVE_INFINITY),
                number(given, CONTEXT, Integer::parseInt, 8192),
                number(given, VOCABULARY, Integer::parseInt, ByteTokenizer.VOCABULARY));
    }

    private static List<String> sorted() {
        return KEYS.stream().sorted().toList();
    }

    private static <T extends Number> T number(
            Map<String, String> given, String key, Function<String, T> parse, T otherwise) {
        String value = given.get(key);
        if (value == null) {
            return otherwise;
        }
        try {
            return parse.apply(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("stub: " + key + " must be a number, was \"" + value + "\"", e);
        }
    }

    private static void require(boolean holds, String rule, Object was) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", was " + was);
        }
    }

    @Override
    public String name() {
        return "stub";
    }

    @Override
    public OpenModel open() {
        return new Open(spec(), this);
    }

    private ModelSpec spec() {
        DecoderArchitecture none = new DecoderArchitecture(
                Set.of(),
                DecoderArchitecture.Norm.RMS,
                0,
                0,
                false,
                DecoderArchitecture.Activation.SILU,
                false,
                1,
                0,
                0,
                1,
                List.of(0),
                List.of(),
                List.of(),
                DecoderArchitecture.Experts.NONE);
        return new ModelSpec(
                "Stub",
                vocabulary,
                1,
                1,
                StubModel.SHAPE.layers(),
                1,
                StubModel.SHAPE.kvHeads(),
                StubModel.SHAPE.headDim(),
                context,
                none,
                true,
                Set.of(ByteTokenizer.END_OF_TEXT),
                OptionalInt.empty());
    }

    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (tokensPerSecond < Double.POSITIVE_INFINITY) {
            parts.add(RATE + "=" + tokensPerSecond);
        }
        parts.add(CONTEXT + "=" + context);
        parts.add(VOCABULARY + "=" + vocabulary);
        return PREFIX + String.join(",", parts);
    }

    private record Open(ModelSpec spec, StubSource stub) implements OpenModel {
        @Override
        public LanguageModel load(Execution execution, LoadListener listener) {
            return new StubModel(spec, Pace.of(stub.tokensPerSecond()));
        }
    }
}
