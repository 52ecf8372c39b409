package dev.sublinear.evaluation;

import dev.sublinear.evaluation.bench.Measurement;
import java.util.List;

/**
 * All that an evaluation has found; what was not measured is empty.
 *
 * @param model name of the checkpoint
 * @param fingerprint of it
 * @param uncutBytes the cache's bytes without a budget, at the lengths of the grid
 * @param attention one for each document
 * @param untrained the same of the shuffled twin
 */
public record Findings(
        String model,
        String fingerprint,
        Plan plan,
        List<String> documents,
        List<Summary> summaries,
        List<Long> uncutBytes,
        List<Evaluation.Attention> attention,
        List<Evaluation.Attention> untrained,
        List<Remembered> remembered,
        List<Continued> continued,
        List<Measurement> speed) {

    List<Summary> at(int n) {
        return summaries.stream().filter(summary -> summary.n() == n).toList();
    }
}
