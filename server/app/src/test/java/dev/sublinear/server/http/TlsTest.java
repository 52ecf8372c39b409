package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.TlsFiles;
import dev.sublinear.server.config.HttpConfig.Transport;
import dev.sublinear.server.http.connection.tls.ServerCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row H20 of the threats, certificates and keys, and what is served with them. */
final class TlsTest {
    @TempDir
    private Path directory;

    private TlsFiles files() {
        return new TlsFiles(directory);
    }

    @Test
    void https_answersAndReadsRenewedFiles() throws Exception {
        Certificate first = files().renew("first");
        try (TestServer server =
                TestServer.start(ScriptedModel.repeating("x "), TestServer.CONFIG.with(files().transport()))) {
            try (RawClient client = new RawClient(TlsFiles.connect(server.port(), first))) {
                assertThat(client.ask("/v1/completions", "{\"prompt\":[1],\"max_tokens\":2,\"stream\":true}")
                                .body())
                        .endsWith("data: [DONE]\n\n");
                client.send("GET https://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(200);
                client.send("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(505);
                assertThat(client.rest()).as("closed properly").isEmpty();
            }
            try (RawClient client = new RawClient(TlsFiles.connect(server.port(), first))) {
                client.send("GET http://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(403);
            }
            files().renew("second");
            await().until(() -> TlsFiles.shown(server.port()).equals(Optional.of("CN=second")));
        }
    }

    @Test
    void start_filesThatAreNoPair_saysWhich() throws Exception {
        files().renew("first");
        Files.writeString(directory.resolve("key.pem"), "no key");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(files().transport()))
                .withMessageContaining("http.tls-key")
                .withMessageNotContaining("no key");
        Files.delete(directory.resolve("chain.pem"));
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(files().transport()))
                .withMessageContaining("chain.pem");
    }

    @ParameterizedTest
    @CsvSource({"EC,EC", "EC,RSA", "RSA,EC", "RSA,RSA"})
    void h20_keyOfAnotherCertificate_isRefused(String one, String another) throws Exception {
        files().renew("first", one);
        Files.move(directory.resolve("key.pem"), directory.resolve("first.pem"));
        files().renew("second", another);
        Files.move(directory.resolve("first.pem"), directory.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(files().transport()))
                .withMessageStartingWith("http.tls-certificate " + directory.resolve("chain.pem") + " and http.tls-key "
                        + directory.resolve("key.pem") + " must belong together: ");
    }

    /** Such as DSA, which neither version of TLS takes any more. */
    @Test
    void h20_certificateOfAKindThatNoClientTakes_isRefused() throws Exception {
        files().renew("first", "DSA");

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(files().transport()))
                .withMessageContaining("of a kind that TLS 1.2 or 1.3 takes");
    }

    @Test
    void h20_renewalOfOneFileAfterTheOther_keepsTheOldPairBetween() throws Exception {
        files().renew("first");
        Transport.Tls tls = files().transport();
        Reloading<ServerCertificate> reloading =
                new Reloading<>(List.of(tls.certificate(), tls.key()), () -> ServerCertificate.read(tls));
        ServerCertificate first = reloading.get();

        byte[] key = Files.readAllBytes(tls.key());
        files().renew("second");
        byte[] renewed = Files.readAllBytes(tls.key());
        Files.write(tls.key(), key);
        reloading.poll();
        assertThat(reloading.get()).isSameAs(first);
        Files.write(tls.key(), renewed);
        reloading.poll();
        assertThat(reloading.get()).isNotSameAs(first);
    }

    /** As a renewal that writes a file as root and then gives it to the server's user. */
    @Test
    void reloading_faultThatEndsWithoutAChangeOfTheFile_isTriedAgain() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "a");
        AtomicBoolean readable = new AtomicBoolean(true);
        Reloading<String> reloading = new Reloading<>(List.of(file), () -> {
            if (!readable.get()) {
                throw new ConfigException(List.of("it cannot be read"));
            }
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        readable.set(false);
        Files.writeString(file, "renewed");
        reloading.poll();
        assertThat(reloading.get()).isEqualTo("a");
        readable.set(true);
        reloading.poll();
        assertThat(reloading.get()).isEqualTo("renewed");
    }
}
