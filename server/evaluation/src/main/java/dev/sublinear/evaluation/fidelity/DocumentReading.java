package dev.sublinear.evaluation.fidelity;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.setting.Setting;
import java.util.List;

/**
 * What reading one document has measured.
 *
 * @param settings in the order in which they were asked for
 * @param attention of the full cache
 */
public record DocumentReading(List<UnderSetting> settings, DocumentAttention attention) {

    /**
     * The document under one setting.
     *
     * @param divergences at every length of the grid
     * @param coverages at every length of the grid
     */
    public record UnderSetting(
            Setting setting,
            @JsonProperty("buckets") List<Divergence> divergences,
            @JsonProperty("held") List<CacheCoverage> coverages) {}
}
