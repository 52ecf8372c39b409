package dev.sublinear.evaluation.bench;

/**
 * The machine's limits for this model, whatever its cache: measurements are compared with them.
 *
 * @param copyBytesPerSecond bytes read and written while memory is copied
 * @param chunk tokens of a prompt that are read at once
 * @param chunkMillis time of the matrix products of all layers for one chunk, without anything else
 * @param chunkGigaflops 10⁹ operations a second of these products
 */
public record Roofline(double copyBytesPerSecond, int chunk, double chunkMillis, double chunkGigaflops) {}
