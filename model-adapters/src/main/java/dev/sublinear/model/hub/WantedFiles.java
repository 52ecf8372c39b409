package dev.sublinear.model.hub;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The files of a repository that a model is made of: safetensors and JSON, or one GGUF; never a pickle, never code.
 *
 * @param files small ones first
 * @param opens the file that opens the model, relative to the repository; empty for its directory
 */
record WantedFiles(List<RepoFile> files, String opens) {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int MOST_INDEX_BYTES = 64 << 20;
    private static final String CONFIG = "config.json";
    private static final List<String> SMALL = List.of(
            CONFIG,
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "chat_template.json",
            "kv-profile.json");
    private static final Pattern TEMPLATE =
            Pattern.compile("additional_chat_templates/[A-Za-z0-9_][A-Za-z0-9._-]*\\.jinja");
    private static final Pattern PICKLE = Pattern.compile("[^/]*\\.(?:bin|pt|pth|pkl|ckpt)");

    WantedFiles {
        files = List.copyOf(files);
    }

    /** Gives the index a path on this machine, so that the names of the weights can be read from it. */
    interface Reader {
        Path path(RepoFile file) throws IOException;
    }

    /**
     * Chooses the files of one model.
     *
     * @param all the files of the repository
     * @throws CheckpointException if there is no such model among them; it says what there is
     */
    static WantedFiles of(HubName name, List<RepoFile> all, Reader reader) throws IOException {
        if (name.wantsGguf()) {
            List<RepoFile> parts = GgufChoice.of(name, all);
            return new WantedFiles(parts, parts.get(0).path());
        }
        List<RepoFile> weights = weights(name, all, reader);
        if (find(all, CONFIG).isEmpty()) {
            throw new CheckpointException(
                    name.toString(), "has no config.json: no checkpoint that transformers could read");
        }
        List<RepoFile> chosen = new ArrayList<>();
        for (RepoFile file : all) {
            if (SMALL.contains(file.path()) || TEMPLATE.matcher(file.path()).matches()) {
                chosen.add(file);
            }
        }
        chosen.addAll(weights);
        return new WantedFiles(chosen, "");
    }

    private static List<RepoFile> weights(HubName name, List<RepoFile> all, Reader reader) throws IOException {
        Optional<RepoFile> single = find(all, SINGLE);
        if (single.isPresent()) {
            return List.of(single.get());
        }
        Optional<RepoFile> index = find(all, INDEX);
        if (index.isEmpty()) {
            throw noSafetensors(name, all);
        }
        List<RepoFile> weights = new ArrayList<>(List.of(index.get()));
        for (String shard : shards(reader.path(index.get()))) {
            weights.add(find(all, shard)
                    .orElseThrow(() -> new CheckpointException(
                            name.toString(), "has no file " + quote(shard) + ", which " + INDEX + " names")));
        }
        return weights;
    }

    private static TreeSet<String> shards(Path index) {
        ObjectNode json = StrictJson.read(index, MOST_INDEX_BYTES);
        TreeSet<String> shards = new TreeSet<>();
        for (JsonNode shard : json.path("weight_map")) {
            if (!shard.asText().endsWith(".safetensors")) {
                throw new CheckpointException(
                        INDEX, "the file of a tensor must be a .safetensors file, was " + quote(shard.asText()));
            }
            shards.add(shard.asText());
        }
        if (shards.isEmpty()) {
            throw new CheckpointException(INDEX, "\"weight_map\" must name the file of each tensor");
        }
        return shards;
    }

    private static CheckpointException noSafetensors(HubName name, List<RepoFile> all) {
        if (all.stream().anyMatch(GgufChoice::isGguf)) {
            return new CheckpointException(
                    name.toString(), "has no safetensors, but GGUF; take one of " + GgufChoice.offers(name, all));
        }
        return all.stream()
                .map(RepoFile::path)
                .filter(path -> PICKLE.matcher(path).matches())
                .findFirst()
                .map(pickle -> new CheckpointException(
                        name.toString(),
                        "has only pickled weights (" + pickle
                                + "), which can run code when read; take a repository with " + SINGLE
                                + ", or convert them"))
                .orElseGet(() -> new CheckpointException(name.toString(), "has neither safetensors nor GGUF"));
    }

    private static Optional<RepoFile> find(List<RepoFile> all, String path) {
        return all.stream().filter(file -> file.path().equals(path)).findFirst();
    }
}
