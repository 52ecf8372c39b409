package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.hub.StubHub;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pull} and {@code models} against a stub of the hub. */
final class PullTest {
    private static final String MODEL = "org/tiny";

    @TempDir
    private Path directory;

    private final StubHub stub = new StubHub();
    private final Map<String, String> more = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void publish() {
        stub.directory(MODEL, RandomCheckpoint.seeded(1).write(directory.resolve("checkpoint")));
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private Path cache() {
        return directory.resolve("cache");
    }

    private int run(String... args) {
        Map<String, String> environment = stub.environment(cache());
        environment.putAll(more);
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Sublinear.run(args, environment, new PrintWriter(out), new PrintWriter(err, true));
    }

    @Test
    void pull_modelOnTheHub_printsWhereItLies() {
        assertThat(run("pull", MODEL)).as(err.toString()).isZero();

        Path snapshot = cache().resolve("models--org--tiny/snapshots/" + StubHub.commit(MODEL));
        assertThat(out.toString()).isEqualTo(snapshot + System.lineSeparator());
        assertThat(err.toString()).isEmpty();
        assertThat(Files.exists(snapshot.resolve("model.safetensors"))).isTrue();
    }

    @Test
    void pull_whatIsNoName_isAMisuse() {
        assertThat(run("pull", "../etc")).isEqualTo(2);

        assertThat(err.toString()).startsWith("sublinear: a model on the hub: must be NAME or ORGANISATION/NAME");
    }

    @Test
    void pull_unknownModel_isOneLineThatSaysWhatToDo() {
        assertThat(run("pull", "org/other")).isEqualTo(1);

        assertThat(err.toString().lines().toList())
                .singleElement()
                .asString()
                .startsWith("sublinear: org/other: no such repository on " + stub.endpoint());
    }

    @Test
    void pull_wrongSetting_namesIt() {
        more.put("HF_ENDPOINT", "hub");

        assertThat(run("pull", MODEL)).isEqualTo(1);
        assertThat(err.toString()).startsWith("sublinear: HF_ENDPOINT: must be https://HOST");
    }

    @Test
    void models_afterPull_listsItByItsName() {
        run("pull", MODEL);

        assertThat(run("models")).isZero();
        assertThat(out.toString().lines().toList()).hasSize(3).satisfies(lines -> {
            assertThat(lines.get(0)).matches("NAME +COMMIT +FORMAT +SIZE +LAST USED");
            assertThat(lines.get(1))
                    .matches("smollm2-135m-instruct +\\(default\\) +GGUF +93\\.8 MiB +\\d{4}-\\d\\d-\\d\\d");
            assertThat(lines.get(2))
                    .matches("org/tiny +" + StubHub.commit(MODEL).substring(0, 12)
                            + " +safetensors +\\d+\\.\\d KiB +\\d{4}-\\d\\d-\\d\\d");
        });
    }

    @Test
    void models_emptyCache_listsWhatLiesBesideTheProgramAndSaysWhereItLooked() {
        assertThat(run("models")).isZero();

        assertThat(out.toString().lines().skip(1)).singleElement().asString().startsWith("smollm2-135m-instruct ");
        assertThat(err.toString())
                .isEqualTo("sublinear: models from the hub are in " + cache() + System.lineSeparator());
    }
}
