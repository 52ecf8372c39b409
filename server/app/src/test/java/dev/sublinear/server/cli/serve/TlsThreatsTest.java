package dev.sublinear.server.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.server.TlsFiles;
import dev.sublinear.server.cli.ServeProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row H20 of the threats: a server whose certificate is renewed, one file after the other. */
final class TlsThreatsTest {
    @TempDir
    private Path directory;

    private byte[] secondKey = {};

    private TlsFiles files() {
        return new TlsFiles(directory);
    }

    private Path key() {
        return files().transport().key();
    }

    private ServeProcess start() throws Exception {
        return ServeProcess.start(
                "--model=stub:", "--tls-certificate=" + files().transport().certificate(), "--tls-key=" + key());
    }

    @BeforeEach
    void keys() throws Exception {
        files().renew("second");
        secondKey = Files.readAllBytes(key());
        Files.move(files().transport().certificate(), directory.resolve("second.pem"));
        files().renew("first");
    }

    @Test
    void h20_keyOfAnotherCertificate_endsTheStartWithCodeTwo() throws Exception {
        Files.write(key(), secondKey);
        try (ServeProcess server = start()) {
            assertThat(server.awaitLine("sublinear: http.tls-certificate "))
                    .contains(" and http.tls-key " + key()
                            + " must belong together: the key is to be that of the first ");
            assertThat(server.await()).isEqualTo(2);
        }
    }

    @Test
    void h20_renewalOfOneFileAfterTheOther_servesTheOldPairUntilBothFit() throws Exception {
        try (ServeProcess server = start()) {
            int port = server.port();
            Files.copy(
                    directory.resolve("second.pem"),
                    files().transport().certificate(),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(server.awaitLineWith("What was read before stays in force: "))
                    .contains("must belong together");
            assertThat(TlsFiles.shown(port)).contains("CN=first");
            Files.write(key(), secondKey);
            server.awaitLineWith("in force now");
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> TlsFiles.shown(port).equals(Optional.of("CN=second")));
        }
    }
}
