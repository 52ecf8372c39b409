package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each precision costs, on the bundled model and 512 tokens of a book that it has never seen. */
@Tag("model")
class PrecisionTest {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());

    /** The mean over the tokens of a text. */
    private record Cost(double divergence, double agreement, double perplexityRatio) {}

    /*
     * Noise of deviation s on the logits makes the next token diverge by about s²/2. Each layer adds its own, of relative
     * size r, to a stream of which it is a part, so the stream carries about r as well, and logits, which spread by 3,
     * move by s = 3r. Rounding int8 weights: a step is 1/127 of a row's peak, about four deviations, so r = 4/127/√12 =
     * 0.009 and the divergence 4e-4. Activations in 63 steps, as without VNNI, where a norm leaves peaks of four deviations:
     * r = 4/63/√12 = 0.018, together 1.9e-3; in front of the head and after an activation function peaks are twice as high,
     * which is why what rounding leaves is rounded again there. bf16 rounds weights, activations and results by up to 2^-9
     * of themselves: r = √3 · 2^-9/√3 = 0.002, so 2e-5; its errors are not independent, as a scale rounded once is wrong
     * everywhere. Bounds: five times these, bf16 twenty, int8-dynamic two: without the second rounding it diverges by 4.6e-3.
     * int4: 32 numbers span about four deviations, so r = 4/15/√12 = 0.08 and the divergence 3e-2, twice that is the bound. (This
     * checkpoint is not stored in 4 bits.)
     */
    @ParameterizedTest
    @CsvSource({
        "bf16, 4e-4, 0.97, 0.005",
        "int8, 2e-3, 0.96, 0.01",
        "int8-dynamic, 3.8e-3, 0.95, 0.01",
        "int4, 6e-2, 0.7, 0.1"
    })
    void forward_roundedWeights_staysCloseToFloat32(
            String precision, double divergence, double agreement, double perplexity) {
        float[][] exact = logits(Precisions.F32);
        Cost cost = cost(logits(Precisions.named(precision)), exact);

        assertThat(cost.divergence()).as("divergence").isLessThan(divergence);
        assertThat(cost.agreement()).as("agreement").isGreaterThan(agreement);
        assertThat(cost.perplexityRatio()).as("perplexity").isBetween(1 - perplexity, 1 + perplexity);
    }

    @Test
    void named_unknown_saysWhichThereAre() {
        assertThatThrownBy(() -> Precisions.named("int2"))
                .hasMessage("must be one of f32, bf16, int8, int8-dynamic, int4, was \"int2\"");
    }

    private static float[][] logits(Precision precision) {
        try (LoadedModel model = new LoadedModel(
                        Goldens.fixture().checkpoint(), new Execution(precision, ComputeDevice.CPU, 2));
                KvCache cache = model.newCache(UNCUT, 512)) {
            return model.feed(cache, Goldens.fixture().prompt(), 256);
        }
    }

    private static Cost cost(float[][] rounded, float[][] exact) {
        int[] targets = Goldens.fixture().targets();
        double divergence = 0;
        double same = 0;
        double surprise = 0;
        for (int row = 0; row < exact.length; row++) {
            double[] p = logProbabilities(exact[row]);
            double[] q = logProbabilities(rounded[row]);
            int best = 0;
            int bestRounded = 0;
            for (int id = 0; id < p.length; id++) {
                divergence += Math.exp(p[id]) * (p[id] - q[id]);
                best = p[id] > p[best] ? id : best;
                bestRounded = q[id] > q[bestRounded] ? id : bestRounded;
            }
            same += best == bestRounded ? 1 : 0;
            surprise += p[targets[row]] - q[targets[row]];
        }
        return new Cost(divergence / exact.length, same / exact.length, Math.exp(surprise / exact.length));
    }

    private static double[] logProbabilities(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double[] logs = new double[logits.length];
        for (int id = 0; id < logs.length; id++) {
            logs[id] = logits[id] - max - Math.log(sum);
        }
        return logs;
    }
}
