package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig.Transport;
import dev.sublinear.server.http.connection.ServerCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    private Path directory;

    /** Writes a new pair, and returns the certificate. */
    private Certificate renew(String name) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "a",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        assertThat(keytool.waitFor())
                .as(new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        Certificate certificate = keys.getCertificate("a");
        pem("key.pem", "PRIVATE KEY", keys.getKey("a", PASSWORD).getEncoded());
        pem("chain.pem", "CERTIFICATE", certificate.getEncoded());
        return certificate;
    }

    private void pem(String file, String what, byte[] content) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(
                directory.resolve(file), "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
    }

    private Transport.Tls tls() {
        return new Transport.Tls(directory.resolve("chain.pem"), directory.resolve("key.pem"));
    }

    private static SSLSocket connect(TestServer server, Certificate trusted) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("a", trusted);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        TrustManager[] managers = factory.getTrustManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    @Test
    void https_answersAndReadsRenewedFiles() throws Exception {
        Certificate first = renew("first");
        try (TestServer server = TestServer.start(ScriptedModel.repeating("x "), TestServer.CONFIG.with(tls()))) {
            try (RawClient client = new RawClient(connect(server, first))) {
                assertThat(client.ask("/v1/completions", "{\"prompt\":[1],\"max_tokens\":2,\"stream\":true}")
                                .body())
                        .endsWith("data: [DONE]\n\n");
                client.send("GET https://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(200);
                client.send("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(505);
                assertThat(client.rest()).as("closed properly").isEmpty();
            }
            try (RawClient client = new RawClient(connect(server, first))) {
                client.send("GET http://localhost/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(403);
            }
            Certificate second = renew("second");
            await().until(() -> subject(server, first, second).contains("second"));
        }
    }

    private static String subject(TestServer server, Certificate... trusted) throws Exception {
        for (Certificate one : trusted) {
            Optional<String> subject = subject(server, one);
            if (subject.isPresent()) {
                return subject.get();
            }
        }
        return "";
    }

    private static Optional<String> subject(TestServer server, Certificate trusted) throws Exception {
        try (SSLSocket socket = connect(server, trusted)) {
            socket.startHandshake();
            Certificate shown = socket.getSession().getPeerCertificates()[0];
            return Optional.of(
                    ((X509Certificate) shown).getSubjectX500Principal().getName());
        } catch (SSLHandshakeException e) {
            return Optional.empty(); // it is another
        }
    }

    @Test
    void start_filesThatAreNoPair_saysWhich() throws Exception {
        renew("first");
        Files.writeString(directory.resolve("key.pem"), "no key");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(tls()))
                .withMessageContaining("http.tls-key")
                .withMessageNotContaining("no key");
        Files.delete(directory.resolve("chain.pem"));
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ServerCertificate.read(tls()))
                .withMessageContaining("chain.pem");
    }
}
