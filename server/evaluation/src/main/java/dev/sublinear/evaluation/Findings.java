package dev.sublinear.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.bench.Measurement;
import dev.sublinear.evaluation.continuation.ContinuationResult;
import dev.sublinear.evaluation.corpus.Kind;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.LengthGrid;
import java.util.List;

/**
 * The results of an evaluation. Lists of what was not measured are empty.
 *
 * @param model name of the checkpoint
 * @param fingerprint of the checkpoint
 * @param documents names of those that all settings have read
 * @param kinds of the same documents
 * @param summaries of every setting at every length of the grid
 * @param fullCacheBytes bytes of the full cache at the lengths of the grid
 * @param attention of each document
 * @param shuffledAttention the same with shuffled weights
 * @param probes every setting on every probe
 * @param continuations of every setting
 * @param speed of a few settings and the full cache
 */
public record Findings(
        String model,
        String fingerprint,
        EvaluationPlan plan,
        List<String> documents,
        List<Kind> kinds,
        List<SettingSummary> summaries,
        @JsonProperty("uncutBytes") List<Long> fullCacheBytes,
        List<DocumentAttention> attention,
        @JsonProperty("untrained") List<DocumentAttention> shuffledAttention,
        @JsonProperty("remembered") List<ProbeResult> probes,
        @JsonProperty("continued") List<ContinuationResult> continuations,
        List<Measurement> speed) {

    /** Returns the context lengths at which settings were measured. */
    public LengthGrid grid() {
        return new LengthGrid(plan.length());
    }

    /** Returns every setting at one length. */
    public List<SettingSummary> at(int n) {
        return summaries.stream().filter(summary -> summary.n() == n).toList();
    }
}
