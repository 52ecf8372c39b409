package dev.sublinear.model.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.Checksums;
import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.checkpoint.TemplateSources;
import dev.sublinear.model.family.ModelAdapter;
import dev.sublinear.model.family.ModelAdapters;
import dev.sublinear.model.family.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A checkpoint on disk: config.json, safetensors in one file or several with an index, tokenizer.json,
 * generation_config.json. It is data only: code, pickles and archives that lie beside it are never opened.
 */
public final class HuggingFaceCheckpoint implements Checkpoint {
    private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceCheckpoint.class);
    private static final int MAX_TOKENIZER_BYTES = 64 << 20;

    private final CheckpointFiles files;
    private final ModelAdapter adapter;
    private final ModelSpec spec;
    private final GenerationDefaults defaults;
    private final WeightFiles weights;

    /**
     * Opens a checkpoint and checks what can be checked without reading a weight: the configuration, the headers of the weight
     * files, and that the files have the tensors of the configuration.
     *
     * @param directory of any file system, also within a jar (whose file system holds each file in memory while open)
     * @throws CheckpointException if the checkpoint cannot be used
     */
    public static HuggingFaceCheckpoint open(Path directory) {
        CheckpointFiles files = CheckpointFiles.of(directory);
        ModelConfig config = ModelConfig.read(files);
        ModelAdapter family = ModelAdapters.of(config);
        ModelSpec told = family.spec(config);
        requireSafetensors(files);
        warnOfIgnored(files, config);
        WeightFiles weights = WeightFiles.open(ShardIndex.of(files));
        try {
            Checksums.verify(files);
            ModelAdapter adapter = TiedHead.named(told, family, weights);
            ModelSpec spec = TiedHead.resolved(told, adapter, weights);
            weights.verify(spec, adapter);
            return new HuggingFaceCheckpoint(files, adapter, spec, config.generationDefaults(), weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private HuggingFaceCheckpoint(
            CheckpointFiles files,
            ModelAdapter adapter,
            ModelSpec spec,
            GenerationDefaults defaults,
            WeightFiles weights) {
        this.files = files;
        this.adapter = adapter;
        this.spec = spec;
        this.defaults = defaults;
        this.weights = weights;
    }

    private static void requireSafetensors(CheckpointFiles files) {
        if (files.has(ShardIndex.SINGLE) || files.has(ShardIndex.INDEX)) {
            return;
        }
        List<String> pickles = files.pickles();
        if (!pickles.isEmpty()) {
            throw new CheckpointException(
                    pickles.get(0), "pickled weights can run code when read; convert them to " + ShardIndex.SINGLE);
        }
        throw new CheckpointException(files.name(), "must hold " + ShardIndex.SINGLE + " or " + ShardIndex.INDEX);
    }

    private static void warnOfIgnored(CheckpointFiles files, ModelConfig config) {
        List<String> ignored = files.ignored();
        if (!ignored.isEmpty()) {
            LOG.warn("Ignoring {}: only JSON and safetensors are read", ignored);
        }
        if (config.wantsCode()) {
            LOG.warn("Ignoring auto_map and trust_remote_code in config.json: a checkpoint's code is never run");
        }
    }

    @Override
    public String name() {
        return files.name();
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public StoredWeights weights() {
        return SafetensorsWeights.of(weights, adapter);
    }

    /** All tensors of its files by name, also those that the model does not use. */
    WeightFiles tensors() {
        return weights;
    }

    @Override
    public ObjectNode tokenizer() {
        return StrictJson.read(files.path("tokenizer.json"), MAX_TOKENIZER_BYTES);
    }

    @Override
    public TemplateSources templates() {
        return TemplateFiles.read(files);
    }

    @Override
    public GenerationDefaults generationDefaults() {
        return defaults;
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of(files.directory());
    }

    /** Closes the weight files. */
    @Override
    public void close() {
        weights.close();
    }
}
