package dev.sublinear.evaluation.fidelity;

/**
 * The memory of a setting's cache after n tokens, and the share of the full attention of the newest 32 queries that lies on keys
 * that the cache held before those queries came, or on keys of the queries themselves.
 *
 * <p>Three key sets of the same size are compared, in ascending order of mass: the setting's, one for all queries, chosen from
 * the past; the one-set oracle's, one for all queries, chosen by their attention; the per-query oracle's, the best keys of each
 * query.
 *
 * @param seen tokens, n
 * @param retained tokens that one head holds, the mean over layers and heads
 * @param bytes of the cache's tensors
 * @param footprint tokens that one head holds, summed over the n steps, the mean over the layers
 * @param mass of the attention on the setting's keys, the mean over layers, heads and queries
 * @param massP5 its 5 % quantile
 * @param error ‖o − oₖ‖ / ‖o‖ of attention's output, the mean
 * @param oneSetMass of the attention on the one-set oracle's keys, the mean
 * @param perQueryMass of the attention on the per-query oracle's keys, the mean
 */
public record CacheCoverage(
        int seen,
        double retained,
        long bytes,
        double footprint,
        double mass,
        double massP5,
        double error,
        double oneSetMass,
        double perQueryMass) {}
