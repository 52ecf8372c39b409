package dev.sublinear.evaluation;

/**
 * What a setting's cache holds after so many tokens, and what it would have to hold: for the next 32 queries as they are
 * under full attention, the weight that they put on keys that were held before they came, and on their own.
 *
 * <p>The three masses are of sets of the same size: the setting's own, which is one for all queries and knows only the
 * past; the one set that serves all those queries best; for each query its own best keys. No set of the kind before it
 * has more mass than the kind after it.
 *
 * @param retained tokens in each layer and head; the mean over the layers
 * @param bytes of the cache's tensors
 * @param footprint the tokens held, summed over all steps so far; of one layer and head
 * @param mass retained, the mean over layers, heads and queries
 * @param massP5 twentieth quantile of it
 * @param error of attention's output, ‖o − oₖ‖ / ‖o‖, its mean
 * @param oneSetMass of the one-set oracle, which sees the future
 * @param perQueryMass of the per-query oracle
 */
public record Held(
        int seen,
        double retained,
        long bytes,
        double footprint,
        double mass,
        double massP5,
        double error,
        double oneSetMass,
        double perQueryMass) {}
