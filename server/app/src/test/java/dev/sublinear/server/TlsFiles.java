package dev.sublinear.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.config.HttpConfig.Transport;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** A certificate and its key as a server reads them, {@code chain.pem} and {@code key.pem} of a directory. */
public record TlsFiles(Path directory) {
    private static final char[] PASSWORD = "password".toCharArray();

    /** Writes a new pair, and returns the certificate. */
    public Certificate renew(String name) throws Exception {
        return renew(name, "EC");
    }

    /**
     * The same.
     *
     * @param algorithm as keytool names it
     */
    public Certificate renew(String name, String algorithm) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        algorithm,
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
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        Certificate certificate = keys.getCertificate("a");
        pem(transport().key(), "PRIVATE KEY", keys.getKey("a", PASSWORD).getEncoded());
        pem(transport().certificate(), "CERTIFICATE", certificate.getEncoded());
        return certificate;
    }

    private static void pem(Path file, String what, byte[] content) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
    }

    public Transport.Tls transport() {
        return new Transport.Tls(directory.resolve("chain.pem"), directory.resolve("key.pem"));
    }

    /** Connects to a server on this machine that must show this certificate. */
    public static SSLSocket connect(int port, Certificate trusted) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("a", trusted);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return connect(port, factory.getTrustManagers());
    }

    private static SSLSocket connect(int port, TrustManager... managers) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** Returns who the certificate that a server on this machine shows was made for; empty if a handshake with it fails. */
    public static Optional<String> shown(int port) throws Exception {
        try (SSLSocket socket = connect(port, InsecureTrustManagerFactory.INSTANCE.getTrustManagers())) {
            socket.startHandshake();
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return Optional.of(shown.getSubjectX500Principal().getName());
        } catch (SSLException e) {
            return Optional.empty();
        }
    }
}
