package dev.sublinear.server.http.connection.tls;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This server's certificate and its key, from PEM files; it speaks TLS 1.2 and 1.3 by the JDK. */
public final class ServerCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCertificate.class);

    private final SslContext context;

    private ServerCertificate(SslContext context) {
        this.context = context;
    }

    /**
     * Reads the files.
     *
     * @throws ConfigException naming the files, if they are not a certificate and its key
     */
    public static ServerCertificate read(HttpConfig.Transport.Tls tls) {
        requireReadable("http.tls-certificate", tls.certificate());
        requireReadable("http.tls-key", tls.key());
        ServerCertificate read = new ServerCertificate(context(tls));
        read.requireUsable(tls);
        return read;
    }

    private static void requireReadable(String key, Path file) {
        if (!Files.isReadable(file)) {
            throw new ConfigException(List.of(key + " must be a file that can be read, was " + file));
        }
    }

    private static SslContext context(HttpConfig.Transport.Tls tls) {
        try {
            return SslContextBuilder.forServer(
                            tls.certificate().toFile(), tls.key().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw fault(tls, "must be PEM: a certificate with its chain, and its key as unencrypted PKCS#8");
        }
    }

    private static ConfigException fault(HttpConfig.Transport.Tls tls, String rule) {
        return new ConfigException(
                List.of("http.tls-certificate " + tls.certificate() + " and http.tls-key " + tls.key() + " " + rule));
    }

    /** Nothing else compares the two: with another's key every handshake would fail, and the server would listen all the same. */
    private void requireUsable(HttpConfig.Transport.Tls tls) {
        try {
            X509Certificate shown = TrialHandshake.with(context.newEngine(ByteBufAllocator.DEFAULT));
            warnUnlessValid(tls.certificate(), shown);
        } catch (SSLException e) {
            throw fault(
                    tls,
                    "must belong together: the key is to be that of the first certificate in its file, and both of a kind"
                            + " that TLS 1.2 or 1.3 takes; a trial handshake with them failed: " + e.getMessage());
        }
    }

    private static void warnUnlessValid(Path file, X509Certificate certificate) {
        try {
            certificate.checkValidity();
        } catch (CertificateException e) {
            LOG.warn(
                    "http.tls-certificate {} holds from {} to {}: clients refuse it now",
                    file,
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant());
        }
    }

    /** Returns the handler that encrypts one connection. */
    public SslHandler newHandler(ByteBufAllocator allocator) {
        return context.newHandler(allocator);
    }
}
