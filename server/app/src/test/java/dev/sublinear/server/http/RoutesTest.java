package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestServer server = TestServer.start(ScriptedModel.repeating("x "));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void get_models_listsTheOne() throws IOException {
        JsonNode list = JSON.readTree(server.get("/v1/models").body());

        assertThat(list.get("object").textValue()).isEqualTo("list");
        assertThat(list.get("data")).hasSize(1);
        JsonNode model = list.get("data").get(0);
        assertThat(model.get("id").textValue()).isEqualTo("org/scripted");
        assertThat(model.get("object").textValue()).isEqualTo("model");
        assertThat(model.get("created").isIntegralNumber()).isTrue();
        assertThat(model.get("owned_by").textValue()).isEqualTo("sublinear");
    }

    @Test
    void ready_modelLoaded_saysWhetherRequestsChangeEachOthersBits() {
        assertThat(server.get("/health/ready").body()).isEqualTo("ok\nbatch invariance: bitwise\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/org/scripted", "/v1/models/org%2Fscripted", "/v1/models/org/scripted?x=1"})
    void get_modelWhoseIdHoldsASlash_describesIt(String path) throws IOException {
        assertThat(JSON.readTree(server.get(path).body()).get("id").textValue()).isEqualTo("org/scripted");
    }

    @Test
    void get_unknownModel_isNotFound() throws IOException {
        HttpResponse<String> response = server.get("/v1/models/other");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(JSON.readTree(response.body()).get("error").get("code").textValue())
                .isEqualTo("model_not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/live", "/health/ready", "/metrics"})
    void get_plainRoutes_areText(String path) {
        HttpResponse<String> response = server.get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
                .get()
                .asString()
                .startsWith("text/plain");
        assertThat(response.body()).isNotBlank();
    }

    @Test
    void get_healthOfAnEngineThatHasEnded_is503() {
        server.engine().close();

        assertThat(server.get("/health/live").statusCode()).isEqualTo(503);
        assertThat(server.get("/health/ready").statusCode()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/v1", "/v1/models/", "/v1/completions/x", "/../etc/passwd", "/health"})
    void get_unknownPath_isNotFound(String path) throws IOException {
        HttpResponse<String> response = server.get(path);

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(JSON.readTree(response.body()).get("error").get("code").textValue())
                .isEqualTo("not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/", "/metrics/", "/health/live/", "/v1/chat/completions/"})
    void get_slashAtTheEnd_isNotFoundAndSaysWhy(String path) {
        HttpResponse<String> response = server.get(path);

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("without the slash at its end");
    }

    @Test
    void post_contentEncodingIdentity_isNone() {
        for (String coding : List.of("identity", "Identity")) {
            HttpResponse<String> response = server.send(HttpRequest.newBuilder(server.uri("/v1/completions"))
                    .header("content-encoding", coding)
                    .POST(BodyPublishers.ofString("{\"prompt\":\"a\",\"max_tokens\":1}")));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "GET;/v1/completions;POST",
                "DELETE;/v1/models;GET, HEAD",
                "POST;/health/live;GET, HEAD",
                "OPTIONS;/;GET, HEAD"
            })
    void anyMethod_thatAPathDoesNotTake_is405WithAllow(String method, String path, String allowed) {
        HttpResponse<String> response =
                server.send(HttpRequest.newBuilder(server.uri(path)).method(method, BodyPublishers.noBody()));

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("allow")).contains(allowed);
    }

    @Test
    void get_openApi_hasEveryRoute() throws IOException {
        JsonNode paths = JSON.readTree(server.get("/openapi.json").body()).get("paths");

        List<String> documented = new ArrayList<>();
        paths.properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(
                                method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(server.routes().stream()
                        .map(route -> route.method() + " " + route.path().replaceFirst("(?<=.)/$", "/{id}")))
                .containsExactlyInAnyOrderElementsOf(documented);
    }

    @Test
    void head_aPathThatTakesGet_hasNoBody() {
        HttpResponse<String> response =
                server.send(HttpRequest.newBuilder(server.uri("/health/live")).method("HEAD", BodyPublishers.noBody()));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
        assertThat(server.get("/health/live").body())
                .as("the next on the connection")
                .isEqualTo("ok\n");
    }
}
