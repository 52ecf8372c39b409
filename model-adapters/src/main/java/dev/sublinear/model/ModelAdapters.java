package dev.sublinear.model;

import static dev.sublinear.model.CheckpointException.quote;

import java.util.List;

/** The families that can be read. A new one is a class and a line here. */
final class ModelAdapters {
    private static final List<ModelAdapter> KNOWN = List.of(new LlamaAdapter());

    private ModelAdapters() {}

    static ModelAdapter of(ModelConfig config) {
        String architecture = config.architecture();
        return KNOWN.stream()
                .filter(adapter -> adapter.architecture().equals(architecture))
                .findFirst()
                .orElseThrow(() -> config.refuse("\"architectures\" must be one of "
                        + KNOWN.stream().map(ModelAdapter::architecture).toList() + ", was " + quote(architecture)));
    }
}
