package dev.sublinear.kvcache.storage;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;

/**
 * The numbers of {@link LayerTensors} in the memory of the processor.
 *
 * @param rows keys and values
 * @param tokenState as many numbers of each row as the scorer remembers of a token
 * @param queries of one token after the other
 */
public record LayerMemory(KvRows rows, DoubleBuffer tokenState, FloatBuffer queries) {}
