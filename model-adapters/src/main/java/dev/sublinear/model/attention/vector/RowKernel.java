package dev.sublinear.model.attention.vector;

import dev.sublinear.model.attention.DecodeAttention;

/**
 * The two products of attention with rows of a cache, as they are stored. The queries that share a key-value head follow one
 * another. Each has a lane of scores, which become its weights: those of a query begin {@link #STRIDE} numbers after those of the
 * one before. The rules of {@link VectorAttention} hold.
 */
interface RowKernel {
    /** From the scores of a query to those of the next: a block of rows, and room for what vectors write behind it. */
    int STRIDE = DecodeAttention.BLOCK + 64;

    /**
     * Multiplies queries with keys.
     *
     * @param queries {@code group} of {@code size} numbers each
     * @param first the first row read; a block of the cache begins with it
     * @param scores written
     */
    void score(float[] queries, int group, int size, int first, int rows, float[] scores);

    /**
     * Adds values by their weights.
     *
     * @param found of each query, {@code size} numbers from {@code at} on, to which they are added
     */
    void add(float[] weights, int group, int size, int first, int rows, float[] found, int at);
}
