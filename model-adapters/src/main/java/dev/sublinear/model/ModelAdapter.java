package dev.sublinear.model;

/** What a family does differently: how its config.json reads and how its tensors are named. Data, not code. */
public interface ModelAdapter {
    /** The name in {@code architectures} of config.json. */
    String architecture();

    /**
     * The sizes and choices of a checkpoint.
     *
     * @throws CheckpointException if a number is out of bounds, or the checkpoint asks for what the decoder lacks
     */
    ModelSpec spec(ModelConfig config);

    /**
     * The name of a tensor in the checkpoint.
     *
     * @param layer counted from 0; of no meaning for a weight that is not per layer
     */
    String tensorName(Weight weight, int layer);
}
