package dev.sublinear.model.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is asked, what is taken, and how it lies in the cache. */
final class HubTest extends HubTestCase {
    private static final String SHA256 = StubHub.hash("SHA-256", WEIGHTS);

    @Test
    void fetch_firstTime_asksAsPythonDoes() throws IOException {
        fetched();

        assertThat(stub.told())
                .containsExactly(
                        "GET /api/models/org/name/revision/main",
                        "GET /api/models/org/name/tree/" + COMMIT + "?recursive=true&expand=false",
                        "HEAD /org/name/resolve/" + COMMIT + "/config.json",
                        "GET /org/name/resolve/" + COMMIT + "/config.json",
                        "HEAD /org/name/resolve/" + COMMIT + "/tokenizer.json",
                        "GET /org/name/resolve/" + COMMIT + "/tokenizer.json",
                        "HEAD /org/name/resolve/" + COMMIT + "/model.safetensors",
                        "GET /org/name/resolve/" + COMMIT + "/model.safetensors",
                        "GET storage:/" + SHA256 + "?" + StubHub.SIGNATURE);
    }

    @Test
    void fetch_withAToken_tellsItToTheHubAndToNobodyElse() throws IOException {
        fetched();

        assertThat(stub.seen()).allSatisfy(request -> {
            assertThat(request.hasToken())
                    .as(request.toString())
                    .isEqualTo(request.host().equals("127.0.0.1"));
            assertThat(request.headers().getFirst("Accept-Encoding")).isEqualTo("identity");
        });
        assertThat(stub.seen().get(0).headers().getFirst("Authorization")).isEqualTo("Bearer " + StubHub.TOKEN);
    }

    @Test
    void fetch_storageSendsBackToTheHub_doesNotTellTheTokenAgain() throws IOException {
        stub.fault(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/" + SHA256)
                    && exchange.getLocalAddress().getHostString().equals("127.0.0.2")) {
                exchange.getResponseHeaders().add("Location", stub.endpoint() + "/back");
                exchange.sendResponseHeaders(302, -1);
                return true;
            }
            if (exchange.getRequestURI().getPath().equals("/back")) {
                StubHub.body(exchange, 200, WEIGHTS);
                return true;
            }
            return false;
        });

        fetched();

        assertThat(stub.seen())
                .filteredOn(request -> request.target().equals("/back"))
                .singleElement()
                .satisfies(request -> assertThat(request.hasToken()).isFalse());
    }

    @Test
    void fetch_intoTheCache_laysItOutAsPythonDoes() throws IOException {
        stub.small(MODEL, "additional_chat_templates/tool_use.jinja", "{{ messages }}");

        Path snapshot = fetched();

        assertThat(Files.readString(repository().resolve("refs/main"))).isEqualTo(COMMIT);
        assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
                .hasToString("../../blobs/" + SHA256);
        assertThat(Files.readSymbolicLink(snapshot.resolve("config.json")))
                .hasToString("../../blobs/" + StubHub.git("{}".getBytes(UTF_8)));
        assertThat(Files.readSymbolicLink(snapshot.resolve("additional_chat_templates/tool_use.jinja")))
                .hasToString("../../../blobs/" + StubHub.git("{{ messages }}".getBytes(UTF_8)));
        assertThat(cache().resolve(".locks/models--org--name/" + SHA256 + ".lock"))
                .exists();
        assertThat(cache().resolve("CACHEDIR.TAG"))
                .content()
                .startsWith("Signature: 8a477f597d28d172789f06886806bc55\n");
        JsonNode tree = new ObjectMapper()
                .readTree(repository().resolve("trees/" + COMMIT + ".json").toFile());
        assertThat(tree.path("format_version").asInt()).isEqualTo(1);
        assertThat(tree.at("/files/model.safetensors/lfs_sha256").asText()).isEqualTo(SHA256);
        assertThat(tree.at("/files/model.safetensors/size").asLong()).isEqualTo(WEIGHTS.length);
        assertThat(tree.at("/files/config.json/blob_id").asText()).isEqualTo(StubHub.git("{}".getBytes(UTF_8)));
    }

    @Test
    void fetch_secondTime_asksForTheRevisionOnly() throws IOException {
        fetched();
        stub.forget();

        fetched();

        assertThat(stub.told()).containsExactly("GET /api/models/org/name/revision/main");
    }

    @Test
    void fetch_commitThatIsWhole_asksNothing() throws IOException {
        fetched();
        stub.forget();

        assertThat(fetch(MODEL + "@" + COMMIT)).isEqualTo(fetched());

        assertThat(stub.told()).hasSize(1).first().asString().endsWith("/revision/main");
    }

    @Test
    void fetch_commitThatIsNotWhole_fetchesTheRest() throws IOException {
        Path snapshot = fetched();
        Files.delete(snapshot.resolve("tokenizer.json"));
        stub.forget();

        fetch(MODEL + "@" + COMMIT);

        assertThat(snapshot.resolve("tokenizer.json")).exists();
        assertThat(stub.told()).as("what it holds is still there").isEmpty();
    }

    @Test
    void fetch_otherRevision_isRemembered() {
        stub.revision(MODEL, "refs/pr/1");

        fetch(MODEL + "@refs/pr/1");

        assertThat(stub.told()).first().isEqualTo("GET /api/models/org/name/revision/refs%2Fpr%2F1");
        assertThat(repository().resolve("refs/refs/pr/1")).hasContent(COMMIT);
        assertThat(repository().resolve("refs/main")).doesNotExist();
    }

    @Test
    void fetch_repositoryFullOfOtherThings_takesOnlyItsList() throws IOException {
        stub.small(MODEL, "README.md", "x")
                .small(MODEL, "modeling.py", "x")
                .small(MODEL, "onnx/config.json", "x")
                .small(MODEL, "chat_template.jinja", "x")
                .small(MODEL, "generation_config.json", "{}")
                .small(MODEL, "special_tokens_map.json", "{}")
                .small(MODEL, "tokenizer_config.json", "{}")
                .small(MODEL, "kv-profile.json", "{}")
                .large(MODEL, "pytorch_model.bin", random(2, 10))
                .large(MODEL, "consolidated.safetensors", random(3, 10))
                .large(MODEL, "model-Q4_0.gguf", random(4, 10))
                .large(MODEL, "original/model.safetensors", random(5, 10));

        Path snapshot = fetched();

        try (Stream<Path> files = Files.list(snapshot)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "config.json",
                            "tokenizer.json",
                            "model.safetensors",
                            "chat_template.jinja",
                            "generation_config.json",
                            "special_tokens_map.json",
                            "tokenizer_config.json",
                            "kv-profile.json");
        }
    }

    @Test
    void fetch_shards_readsTheIndexFirstAndTakesWhatItNames() {
        String index =
                "{\"weight_map\": {\"a\": \"part-2.safetensors\", \"b\": \"part-1.safetensors\", \"c\": \"part-2.safetensors\"}}";
        stub.small("org/shards", "config.json", "{}")
                .large("org/shards", "consolidated.safetensors", random(1, 10))
                .large("org/shards", "part-1.safetensors", random(2, 10))
                .large("org/shards", "part-2.safetensors", random(3, 10))
                .large("org/shards", "part-3.safetensors", random(4, 10))
                .small("org/shards", "model.safetensors.index.json", index);

        fetch("org/shards");

        String files = stub.told().stream()
                .filter(request -> request.startsWith("HEAD"))
                .map(request -> request.replaceAll(".*/", ""))
                .collect(Collectors.joining(" "));
        assertThat(files).isEqualTo("model.safetensors.index.json config.json part-1.safetensors part-2.safetensors");
        assertThat(hub().find(HubName.parse("org/shards"))).isPresent();
    }

    @Test
    void fetch_indexThatNamesAMissingShard_saysSo() {
        stub.small("org/shards", "config.json", "{}")
                .small("org/shards", "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../x.safetensors\"}}");

        assertThat(refusal("org/shards")).contains("has no file \"../x.safetensors\"");
    }

    @Test
    void fetch_picklesOnly_saysWhyNot() {
        stub.small("org/pickles", "config.json", "{}").large("org/pickles", "pytorch_model.bin", WEIGHTS);

        assertThat(refusal("org/pickles"))
                .isEqualTo(
                        "org/pickles: has only pickled weights (pytorch_model.bin), which can run code when read; take a"
                                + " repository with model.safetensors, or convert them");
        assertThat(stub.told()).allMatch(request -> request.startsWith("GET /api/"));
    }

    @Test
    void fetch_ggufOnly_listsWhatToName() {
        stub.large("org/gguf", "x-Q4_0.gguf", random(1, 10)).large("org/gguf", "x-Q8_0.gguf", random(2, 10));

        assertThat(refusal("org/gguf"))
                .isEqualTo(
                        "org/gguf: has no safetensors, but GGUF; take one of org/gguf:x-Q4_0.gguf, org/gguf:x-Q8_0.gguf");
    }

    @Test
    void fetch_quantisation_takesThatFileAlone() throws IOException {
        stub.large("org/gguf", "x-Q4_0.gguf", random(1, 10)).large("org/gguf", "x-Q8_0.gguf", random(2, 10));

        Path file = fetch("org/gguf:q8_0");

        assertThat(file.getFileName()).hasToString("x-Q8_0.gguf");
        assertThat(Files.readAllBytes(file)).isEqualTo(random(2, 10));
        assertThat(file.resolveSibling("x-Q4_0.gguf")).doesNotExist();
        assertThat(hub().find(HubName.parse("org/gguf:Q8_0"))).contains(file);
        assertThat(hub().find(HubName.parse("org/gguf:Q4_0"))).isEmpty();
    }

    @Test
    void fetch_offline_takesWhatTheRevisionStoodFor() throws IOException {
        Path snapshot = fetched();
        stub.forget();
        more.put("HF_HUB_OFFLINE", "1");

        assertThat(fetch(MODEL)).isEqualTo(snapshot);
        assertThat(stub.told()).isEmpty();
    }

    @Test
    void fetch_offlineAndNotHere_saysWhatToDo() {
        more.put("TRANSFORMERS_OFFLINE", "yes");

        assertThat(refusal(MODEL))
                .startsWith("org/name: is not, or not wholly, in " + cache() + ", and HF_HUB_OFFLINE or")
                .contains("unset");
        assertThat(stub.told()).isEmpty();
        assertThat(cache()).doesNotExist();
    }

    @Test
    void fetch_offlineAndHalfHere_isNotTaken() throws IOException {
        Path snapshot = fetched();
        Files.delete(snapshot.resolve("tokenizer.json"));
        more.put("HF_HUB_OFFLINE", "1");

        assertThat(refusal(MODEL)).contains("not wholly");
    }

    @Test
    void fetch_hubIsDown_takesWhatIsHere() throws IOException {
        Path snapshot = fetched();
        stub.close();

        assertThat(fetch(MODEL)).isEqualTo(snapshot);
    }

    @Test
    void fetch_hubIsDownAndNothingHere_saysWhatToDo() {
        stub.close();

        assertThat(refusal(MODEL))
                .startsWith("org/name: " + stub.endpoint()
                        + "/api/models/org/name/revision/main cannot be reached; it is not")
                .contains("HF_ENDPOINT");
        assertThat(pauses).extracting(java.time.Duration::toMillis).containsExactly(500L, 1000L, 2000L, 4000L, 8000L);
    }

    @Test
    void fetch_cacheOfAnOlderToolWithoutList_isReadOffline() throws IOException {
        Path snapshot = fetched();
        Files.delete(repository().resolve("trees/" + COMMIT + ".json"));
        more.put("HF_HUB_OFFLINE", "1");

        assertThat(fetch(MODEL)).isEqualTo(snapshot);
    }

    @Test
    void fetch_damagedList_asksAgain() throws IOException {
        fetched();
        Files.writeString(
                repository().resolve("trees/" + COMMIT + ".json"), "{\"format_version\": 1, \"files\": {\"../x\"");
        stub.forget();

        fetched();

        assertThat(stub.told()).hasSize(2);
    }

    @Test
    void fetch_linksGone_makesThemAgainFromWhatIsHere() throws IOException {
        Path snapshot = fetched();
        Files.delete(snapshot.resolve("model.safetensors"));
        stub.forget();
        free = 0;

        fetched();

        assertThat(ranges()).isEmpty();
    }

    @Test
    void fetch_renamedRepository_followsWithinTheHub() throws IOException {
        stub.fault(exchange -> {
            String target = exchange.getRequestURI().toString();
            if (!target.contains("/old/name")) {
                return false;
            }
            exchange.getResponseHeaders().add("Location", target.replace("/old/name", "/org/name"));
            exchange.sendResponseHeaders(307, -1);
            return true;
        });

        Path snapshot = fetch("old/name");

        assertThat(Files.readAllBytes(snapshot.resolve("model.safetensors"))).isEqualTo(WEIGHTS);
        assertThat(snapshot.toString()).contains("models--old--name");
    }

    @Test
    void fetch_progress_addsUpToAll() throws IOException {
        fetched();

        long total = (long) WEIGHTS.length + 2 + "{\"version\": \"1.0\"}".length();
        assertThat(progress).isNotEmpty().allMatch(at -> at.total() == total);
        assertThat(progress.get(progress.size() - 1).done()).isEqualTo(total);
        assertThat(progress).extracting(DownloadProgress::done).isSorted();
        assertThat(progress.stream().map(DownloadProgress::file).collect(Collectors.toSet()))
                .isEqualTo(Set.of("config.json", "tokenizer.json", "model.safetensors"));
    }

    @Test
    void fetch_readOnlyCacheThatHasAll_works() throws IOException {
        Path snapshot = fetched();
        stub.revision(MODEL, "main/next");
        forbidWriting();

        assertThat(fetch(MODEL)).isEqualTo(snapshot);
        assertThat(fetch(MODEL + "@main/next")).as("cannot be remembered").isEqualTo(snapshot);
    }

    @Test
    void fetch_readOnlyCacheThatLacksSomething_saysSo() throws IOException {
        fetched();
        Files.delete(repository().resolve("blobs").resolve(SHA256));
        forbidWriting();

        assertThat(refusal(MODEL))
                .startsWith(cache() + ": cannot be written (")
                .endsWith("HF_HUB_CACHE names another place");
    }

    /** Nobody can write where a folder has to be and a file is, not even root. */
    private void forbidWriting() throws IOException {
        for (Path folder : List.of(cache().resolve(".locks"), repository().resolve("trees"))) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path :
                        paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
            Files.writeString(folder, "");
        }
    }
}
