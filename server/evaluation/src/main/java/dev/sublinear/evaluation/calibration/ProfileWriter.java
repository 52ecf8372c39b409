package dev.sublinear.evaluation.calibration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.HeadLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Writes a calibration as the file that {@link Profile} reads. */
public final class ProfileWriter {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ProfileWriter() {}

    /** Writes the profile of a model. */
    public static void write(CalibrationResult result, String model, String fingerprint, Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("format", Profile.FORMAT);
        json.putObject("model").put("name", model).put("fingerprint", fingerprint);
        json.set("cache", cache(result.policy()));
        json.set("laws", laws(result.laws()));
        json.set("measured", measured(result));
        Files.writeString(file, JSON.writeValueAsString(json) + "\n");
    }

    private static ObjectNode cache(EvictionPolicy policy) {
        Protection protection = policy.protection();
        return JSON.createObjectNode()
                .put("budget", HeadLaws.NAME)
                .put("scorer", policy.scorer().text())
                .put("sinks", protection.sinks())
                .put("recent", protection.recent())
                .put("recent-share", protection.recentShare())
                .put("slack", policy.slack());
    }

    private static ObjectNode laws(HeadLaws laws) {
        ObjectNode json = JSON.createObjectNode()
                .put("floor", laws.layers().get(0).get(0).law().floor());
        ArrayNode layers = json.putArray("layers");
        for (List<HeadLaw> heads : laws.layers()) {
            ObjectNode layer = layers.addObject();
            ArrayNode alphas = layer.putArray("alpha");
            heads.forEach(law -> alphas.add(law.law().alpha()));
            ArrayNode exponents = layer.putArray("exponent");
            heads.forEach(law -> exponents.add(law.law().exponent()));
        }
        json.set("whole", whole(laws));
        return json;
    }

    /** The heads that are whole from some scale on, those first that are at the smallest. */
    private static ArrayNode whole(HeadLaws laws) {
        List<ObjectNode> whole = new ArrayList<>();
        for (int layer = 0; layer < laws.layers().size(); layer++) {
            for (int head = 0; head < laws.heads(); head++) {
                double from = laws.layers().get(layer).get(head).wholeFrom();
                if (Double.isFinite(from)) {
                    whole.add(JSON.createObjectNode()
                            .put("layer", layer)
                            .put("head", head)
                            .put("from", from));
                }
            }
        }
        whole.sort(Comparator.comparingDouble(head -> head.path("from").doubleValue()));
        return JSON.createArrayNode().addAll(whole);
    }

    private static ObjectNode measured(CalibrationResult result) {
        CalibrationGoal goal = result.goal();
        ObjectNode json = JSON.createObjectNode()
                .put("date", LocalDate.now(ZoneOffset.UTC).toString())
                .put("length", goal.length())
                .put("form", goal.form().text())
                .put("whole", goal.whole());
        if (goal.aim() instanceof CalibrationGoal.Aim.Divergence most) {
            json.put("target-kl", most.nats()).put("met", result.met());
        } else {
            json.put("share", ((CalibrationGoal.Aim.Share) goal.aim()).share());
        }
        json.set("documents", JSON.valueToTree(result.documents()));
        json.set("knob", JSON.valueToTree(result.knob()));
        json.set("checked", JSON.valueToTree(result.checked()));
        json.set("intervals", intervals(result.intervals()));
        return json;
    }

    /** The bounds of each head's numbers, by layer. */
    private static ArrayNode intervals(LawIntervals intervals) {
        ArrayNode layers = JSON.createArrayNode();
        for (int layer = 0; layer < intervals.alphas().length; layer++) {
            ObjectNode json = layers.addObject();
            json.set("alpha", bounds(intervals.alphas()[layer]));
            json.set("exponent", bounds(intervals.exponents()[layer]));
        }
        return layers;
    }

    private static ArrayNode bounds(double[][] heads) {
        ArrayNode json = JSON.createArrayNode();
        for (double[] head : heads) {
            ArrayNode pair = json.addArray();
            for (double bound : head) {
                pair.add(rounded(bound));
            }
        }
        return json;
    }

    private static double rounded(double number) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.4g", number));
    }
}
