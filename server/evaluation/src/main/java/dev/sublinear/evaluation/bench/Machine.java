package dev.sublinear.evaluation.bench;

/**
 * What the machine gives this model, whatever its cache: the roofs that measurements are compared with.
 *
 * @param copyBytesPerSecond read and written, when memory is copied
 * @param chunk tokens of a prompt that are read at once
 * @param chunkMillis of the matrix products of all layers for so many tokens, alone
 * @param chunkGigaflops the operations of these products by that time
 */
public record Machine(double copyBytesPerSecond, int chunk, double chunkMillis, double chunkGigaflops) {}
