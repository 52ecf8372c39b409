package dev.sublinear.server.http.connection.tls;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** A handshake in memory, between this server and a client that trusts any certificate. */
final class TrialHandshake {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private TrialHandshake() {}

    /**
     * Holds it.
     *
     * @return the certificate that the client was shown
     * @throws SSLException if no client could connect
     */
    static X509Certificate with(SSLEngine server) throws SSLException {
        SSLEngine client = client();
        Queue<ByteBuffer> toServer = new ArrayDeque<>();
        Queue<ByteBuffer> toClient = new ArrayDeque<>();
        server.beginHandshake();
        client.beginHandshake();
        boolean moved = true;
        while (moved) {
            boolean byClient = step(client, toClient, toServer);
            moved = step(server, toServer, toClient) || byClient;
        }
        return (X509Certificate) client.getSession().getPeerCertificates()[0];
    }

    private static SSLEngine client() throws SSLException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            SSLEngine client = context.createSSLEngine();
            client.setUseClientMode(true);
            return client;
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
    }

    /** Does what one side has to do next; returns whether it could do anything. */
    private static boolean step(SSLEngine side, Queue<ByteBuffer> received, Queue<ByteBuffer> sent)
            throws SSLException {
        HandshakeStatus status = side.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            side.getDelegatedTask().run();
            return true;
        }
        if (status == HandshakeStatus.NEED_WRAP) {
            ByteBuffer packet = ByteBuffer.allocate(side.getSession().getPacketBufferSize());
            requireOk(side.wrap(NOTHING, packet));
            sent.add(packet.flip());
            return true;
        }
        ByteBuffer next = received.peek();
        if (status == HandshakeStatus.NOT_HANDSHAKING || next == null) {
            return false;
        }
        requireOk(side.unwrap(next, ByteBuffer.allocate(side.getSession().getApplicationBufferSize())));
        if (!next.hasRemaining()) {
            received.remove();
        }
        return true;
    }

    private static void requireOk(SSLEngineResult result) throws SSLException {
        if (result.getStatus() != SSLEngineResult.Status.OK) {
            throw new SSLException("it ended with " + result.getStatus());
        }
    }
}
