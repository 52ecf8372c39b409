package dev.sublinear.model.huggingface;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.CheckpointFiles;
import dev.sublinear.model.checkpoint.StrictJson;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The safetensors files of a checkpoint, and the file of each tensor.
 *
 * @param shards the names of the files
 * @param placement the file name of each tensor; empty when there is one file, which then holds them all
 */
record ShardIndex(Map<String, Path> shards, Map<String, String> placement) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final Logger LOG = LoggerFactory.getLogger(ShardIndex.class);
    private static final int MAX_BYTES = 64 << 20;

    /** Returns the single file where there is one, as other readers do, or else the files that the index names. */
    static ShardIndex of(CheckpointFiles files) {
        if (files.has(SINGLE)) {
            return new ShardIndex(Map.of(SINGLE, files.path(SINGLE)), Map.of());
        }
        ObjectNode index = StrictJson.read(files.path(INDEX), MAX_BYTES);
        if (!(index.get("weight_map") instanceof ObjectNode map) || map.isEmpty()) {
            throw new CheckpointException(INDEX, "\"weight_map\" must be an object that names the file of each tensor");
        }
        Map<String, Path> shards = new TreeMap<>();
        Map<String, String> placement = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            String shard = tensor.getValue().isTextual() ? tensor.getValue().textValue() : "";
            if (!shard.endsWith(".safetensors")) {
                throw new CheckpointException(
                        INDEX, "the file of tensor " + quote(tensor.getKey()) + " must be a .safetensors file");
            }
            shards.computeIfAbsent(shard, files::path);
            placement.put(tensor.getKey(), shard);
        }
        return new ShardIndex(shards, placement);
    }

    /**
     * Returns the file of each tensor, once the files are open. As in transformers, the contents of the files count; of two
     * files with a tensor of the same name, the index decides, or else the later file.
     */
    Map<String, WeightFile> owners(Map<String, WeightFile> files) {
        Map<String, WeightFile> owners = new TreeMap<>();
        files.forEach((name, file) -> file.entries().keySet().forEach(tensor -> owners.put(tensor, file)));
        if (placement.isEmpty()) {
            return owners;
        }
        warn(owners.keySet(), placement.keySet(), "names {} tensors that no file holds, such as {}");
        warn(placement.keySet(), owners.keySet(), "does not name {} tensors that its files hold, such as {}");
        Set<String> misplaced = new TreeSet<>();
        placement.forEach((tensor, shard) -> {
            WeightFile file = Objects.requireNonNull(files.get(shard));
            if (file.entries().containsKey(tensor)) {
                owners.put(tensor, file);
            } else if (owners.containsKey(tensor)) {
                misplaced.add(tensor);
            }
        });
        warn(Set.of(), misplaced, "names the wrong file for {} tensors, such as {}");
        return owners;
    }

    /** The names in the second set that are not in the first. */
    private static void warn(Set<String> known, Set<String> names, String fault) {
        List<String> others =
                names.stream().filter(name -> !known.contains(name)).sorted().toList();
        if (!others.isEmpty()) {
            LOG.warn(INDEX + ": " + fault, others.size(), quote(others.get(0)));
        }
    }
}
