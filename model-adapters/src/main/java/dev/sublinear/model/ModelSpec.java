package dev.sublinear.model;

import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The sizes and the architecture of a decoder, already checked against each other.
 *
 * @param family the name of the model's class in config.json, such as LlamaForCausalLM
 * @param vocabSize rows of the embedding; token ids are below it
 * @param heads query heads; {@code heads * headDim} need not equal {@code hiddenSize}
 * @param kvHeads key-value heads, a divisor of {@code heads}
 * @param headDim numbers in one head's query, key or value; even
 * @param maxPositions the longest context that config.json allows, in tokens
 * @param architecture what a layer is made of
 * @param tiedHead whether the embedding serves as the output layer too
 * @param stopIds the end-of-sequence ids of config.json and generation_config.json together; may be empty
 * @param bosId the id that begins a sequence, where there is one
 */
public record ModelSpec(
        String family,
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int maxPositions,
        DecoderArchitecture architecture,
        boolean tiedHead,
        Set<Integer> stopIds,
        OptionalInt bosId) {

    public ModelSpec {
        stopIds = Set.copyOf(stopIds);
    }

    /** The number of parameters; a tied head counts once. */
    public long parameters() {
        long sum = 0;
        for (Weight weight : Weight.values()) {
            sum += weight.copies(this) * weight.shape(this).size();
        }
        return sum;
    }

    /** The same with an output layer of its own. */
    public ModelSpec untied() {
        return new ModelSpec(
                family,
                vocabSize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                kvHeads,
                headDim,
                maxPositions,
                architecture.with(Weight.HEAD),
                false,
                stopIds,
                bosId);
    }

    /** The number of query heads that share a key-value head. */
    public int group() {
        return heads / kvHeads;
    }

    /** The sizes of a sequence's cache whose keys and values are stored so. */
    public KvShape kvShape(KvStorage storage) {
        return new KvShape(layers, kvHeads, group(), headDim, storage, architecture.windows());
    }
}
