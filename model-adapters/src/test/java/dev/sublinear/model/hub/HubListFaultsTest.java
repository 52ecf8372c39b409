package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of files and commits that cannot be, and what is left in the cache after them. */
final class HubListFaultsTest extends HubFaultCase {
    @Test
    void fetch_listOnPages_readsAllOfThem() throws IOException {
        stub.pagesOf(1);

        fetched();

        assertThat(stub.told()).filteredOn(told -> told.contains("/tree/")).hasSize(3);
    }

    @Test
    void fetch_nextPageElsewhere_isRefused() {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().contains("/tree/")) {
                return false;
            }
            exchange.getResponseHeaders().add("Link", "<" + stub.storage() + "/tree?cursor=1>; rel=\"next\"");
            StubHub.body(exchange, 200, "[]".getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL))
                .isEqualTo("org/name: the next page of its list of files must be on the hub, is elsewhere");
        assertThat(stub.seen()).noneMatch(request -> request.host().equals("127.0.0.2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../evil.json", "a/../../evil.json", "/etc/evil.json", "a//b", "./a", "a\\b", "a\u0000b", ".."})
    void fetch_nameThatLeadsOut_isRefusedAsAWhole(String path) throws IOException {
        stub.small(MODEL, path, "x");

        assertThat(refusal(MODEL)).startsWith("the hub's list of files: \"").contains("must lie inside the repository");
        assertThat(cache()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"../../x\",\"size\":1}', must have git's hash",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":-1}', must have at most",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\"}', must have at most",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":1,\"lfs\":{\"oid\":\"/x\",\"size\":1}}', must have a SHA-256",
        "'{\"type\":\"file\",\"path\":\"a\",\"oid\":\"0000000000000000000000000000000000000000\",\"size\":9223372036854775807}', must have at most",
    })
    void fetch_listThatCannotBe_isRefused(String entry, String rule) {
        stub.fault(exchange -> {
            if (!exchange.getRequestURI().getPath().contains("/tree/")) {
                return false;
            }
            StubHub.body(exchange, 200, ("[" + entry + "]").getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL)).startsWith("the hub's list of files: \"a\" " + rule);
    }

    @Test
    void fetch_commitThatIsNone_isRefused() {
        stub.fault(exchange -> {
            StubHub.body(exchange, 200, "{\"sha\": \"../../..\"}".getBytes(StandardCharsets.UTF_8));
            return true;
        });

        assertThat(refusal(MODEL)).isEqualTo("org/name: the hub must tell its commit, said \"../../..\"");
    }
}
