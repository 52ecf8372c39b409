package dev.sublinear.engine.settings;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code laws} of a profile: {@code {"floor": 64, "layers": [{"alpha": [1.5, ...], "exponent": [0.5, ...]}, ...], "whole":
 * [{"layer": 3, "head": 0, "from": 0.4}, ...]}}, with numbers for each key-value head, and the heads that keep everything, each
 * from a scale of the laws on.
 */
final class LawsReader {
    private static final String HERE = Profile.FILE + ": laws";

    private LawsReader() {}

    /** Returns the laws, or nothing and a fault that says where they are wrong. */
    static Optional<HeadLaws> read(JsonNode json, Faults faults) {
        try {
            List<List<HeadLaw>> layers = new ArrayList<>();
            int floor = floor(json.path("floor"));
            JsonNode all = json.path("layers");
            require(all.isArray() && !all.isEmpty(), ".layers must be a list with an entry for each layer");
            for (int layer = 0; layer < all.size(); layer++) {
                layers.add(layer(all.get(layer), layer, floor));
            }
            json.path("whole").forEach(head -> addWhole(head, layers));
            return Optional.of(new HeadLaws(layers, 1));
        } catch (IllegalArgumentException e) {
            faults.add(HERE + e.getMessage());
            return Optional.empty();
        }
    }

    private static int floor(JsonNode floor) {
        require(floor.isInt(), ".floor must be a whole number of tokens, was " + floor);
        return floor.intValue();
    }

    private static void addWhole(JsonNode json, List<List<HeadLaw>> layers) {
        int layer = json.path("layer").asInt(-1);
        int head = json.path("head").asInt(-1);
        require(
                layer >= 0
                        && layer < layers.size()
                        && head >= 0
                        && head < layers.get(layer).size(),
                ".whole must have layer and head, counted from 0, of heads that have laws, had " + json);
        HeadLaw law = layers.get(layer).get(head);
        require(Double.isInfinite(law.wholeFrom()), ".whole must name a head once, had twice " + json);
        double from = json.path("from").asDouble(0);
        require(from > 0 && Double.isFinite(from), ".whole must have from, a positive scale, had " + json);
        layers.get(layer).set(head, new HeadLaw(law.law(), from));
    }

    private static List<HeadLaw> layer(JsonNode json, int layer, int floor) {
        JsonNode alphas = json.path("alpha");
        JsonNode exponents = json.path("exponent");
        require(
                alphas.isArray() && exponents.isArray() && alphas.size() == exponents.size(),
                ".layers[" + layer + "] must have alpha and exponent, lists of a number for each key-value head");
        List<HeadLaw> laws = new ArrayList<>();
        for (int head = 0; head < alphas.size(); head++) {
            String place = ".layers[" + layer + "], head " + head + ": ";
            require(
                    alphas.get(head).isNumber() && exponents.get(head).isNumber(),
                    place + "alpha and exponent must be numbers");
            try {
                laws.add(new HeadLaw(new PowerLaw(
                        alphas.get(head).doubleValue(), exponents.get(head).doubleValue(), floor)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(place + e.getMessage(), e);
            }
        }
        return laws;
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}
