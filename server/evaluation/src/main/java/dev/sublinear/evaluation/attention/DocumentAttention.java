package dev.sublinear.evaluation.attention;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What full attention shows in one document, whatever the settings.
 *
 * @param keysNeeded of every query head at every length of the grid
 * @param oracleLosses of every growth rule at every length of the grid
 */
public record DocumentAttention(
        @JsonProperty("needs") List<KeysNeeded> keysNeeded,
        @JsonProperty("oracle") List<OracleLoss> oracleLosses) {}
