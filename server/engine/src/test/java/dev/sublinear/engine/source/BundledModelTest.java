package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BundledModelTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "., models",
        "lib, models",
        "server/app/target/lib, deploy/models",
        "share/java/sublinear, models",
    })
    void above_jarOfAPackageOrACheckout_findsTheModelBesideIt(String home, String models) throws IOException {
        Path file = directory.resolve(models).resolve("smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
        Files.createDirectories(file.getParent());
        Files.createFile(file);

        assertThat(BundledModel.above(
                        Files.createDirectories(directory.resolve(home).normalize())))
                .contains(file);
    }

    @Test
    void above_jarAlone_findsNone() {
        assertThat(BundledModel.above(directory)).isEmpty();
    }

    @Test
    void file_inACheckout_isTheRealOne() throws IOException {
        assertThat(Files.size(BundledModel.file())).isEqualTo(98_362_432);
    }
}
