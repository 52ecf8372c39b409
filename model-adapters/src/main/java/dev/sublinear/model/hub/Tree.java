package dev.sublinear.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The list of a commit's files as huggingface_hub keeps it. */
final class Tree {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FORMAT = 1;

    private Tree() {}

    /** Reads a list; empty if it is missing, damaged or of another format. */
    static Optional<List<RepoFile>> read(Path path) {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(path));
            if (json.path("format_version").asInt() != FORMAT
                    || !json.path("files").isObject()) {
                return Optional.empty();
            }
            List<RepoFile> files = new ArrayList<>();
            for (Map.Entry<String, JsonNode> entry : json.path("files").properties()) {
                JsonNode file = entry.getValue();
                files.add(new RepoFile(
                        entry.getKey(),
                        file.path("lfs_size").asLong(file.path("size").asLong(-1)),
                        file.path("blob_id").asText(),
                        file.path("lfs_sha256").asText(""),
                        file.path("xet_hash").asText("")));
            }
            return Optional.of(files);
        } catch (IOException | CheckpointException e) {
            return Optional.empty(); // then the hub is asked again
        }
    }

    static String write(List<RepoFile> files) {
        ObjectNode json = JSON.createObjectNode().put("format_version", FORMAT);
        ObjectNode entries = json.putObject("files");
        files.stream().sorted(Comparator.comparing(RepoFile::path)).forEach(file -> {
            ObjectNode entry =
                    entries.putObject(file.path()).put("size", file.size()).put("blob_id", file.oid());
            if (file.isLarge()) {
                entry.put("lfs_sha256", file.sha256()).put("lfs_size", file.size());
            }
            if (!file.xet().isEmpty()) {
                entry.put("xet_hash", file.xet());
            }
        });
        return json.toPrettyString();
    }
}
