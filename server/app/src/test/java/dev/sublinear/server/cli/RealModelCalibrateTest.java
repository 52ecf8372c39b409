package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.server.Fixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the model that comes with the server: its heads need very different numbers of tokens. */
@Tag("slow")
@Tag("model")
final class RealModelCalibrateTest {
    @TempDir
    private Path directory;

    /** One budget for all heads of the same size diverges by more than 0.08 at twice this length. */
    @Test
    void calibrate_aThirdOfTheTokens_divergesLittle_andHeadsDiffer() throws IOException {
        StringWriter err = new StringWriter();
        Path profile = directory.resolve("profile.json");
        String[] args = ("calibrate --model ../../deploy/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"
                        + " --length 1024 --documents 3 --share 0.35 --scorer key-diff --out " + directory
                        + " --profile " + profile)
                .split(" ", -1);

        assertThat(Sublinear.run(args, Fixture.ENVIRONMENT, new PrintWriter(new StringWriter()), new PrintWriter(err)))
                .as(err.toString())
                .isZero();

        JsonNode json = new ObjectMapper().readTree(profile.toFile());
        JsonNode checked = json.required("measured").required("checked");
        JsonNode last = checked.get(checked.size() - 1);
        assertThat(last.required("kept").doubleValue() / 1024).isBetween(0.34, 0.351);
        assertThat(last.required("kl").required("mean").doubleValue()).isBetween(1e-4, 0.06);
        double least = Double.MAX_VALUE;
        double most = 0;
        for (JsonNode layer : json.required("laws").required("layers")) {
            for (JsonNode alpha : layer.required("alpha")) {
                least = Math.min(least, alpha.doubleValue());
                most = Math.max(most, alpha.doubleValue());
            }
        }
        assertThat(most / least).isGreaterThan(4);
    }
}
