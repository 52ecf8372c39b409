package dev.sublinear.model;

import static dev.sublinear.model.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which safetensors files a checkpoint has, and which tensor lies in which.
 *
 * @param shards the files by name
 * @param placement the file name of each tensor; empty when there is one file, which then holds them all
 */
record ShardIndex(Map<String, Path> shards, Map<String, String> placement) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final Logger LOG = LoggerFactory.getLogger(ShardIndex.class);
    private static final int MAX_BYTES = 64 << 20;

    /** The single file where there is one, as other readers prefer it, or else what the index names. */
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

    /** The file of each tensor, once the files are open and known to hold what the index says. */
    Map<String, WeightFile> owners(Map<String, WeightFile> files) {
        Map<String, WeightFile> owners = new TreeMap<>();
        if (placement.isEmpty()) {
            files.forEach((name, file) -> file.entries().keySet().forEach(tensor -> owners.put(tensor, file)));
            return owners;
        }
        placement.forEach((tensor, shard) -> {
            WeightFile file = files.get(shard);
            if (file == null || !file.entries().containsKey(tensor)) {
                throw new CheckpointException(
                        shard, "tensor " + quote(tensor) + " is missing, " + INDEX + " places it here");
            }
            owners.put(tensor, file);
        });
        long held =
                files.values().stream().mapToLong(file -> file.entries().size()).sum();
        if (held > owners.size()) {
            LOG.warn("Ignoring {} tensors that {} does not place", held - owners.size(), INDEX);
        }
        return owners;
    }
}
