package dev.sublinear.server.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A connection that sends bytes as they are and reads one reply after another. */
public final class RawClient implements AutoCloseable {
    private static final int SILENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    /** A reply with its body, of whatever framing. */
    public record Reply(String head, String body) {
        public int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        public boolean closes() {
            return head.toLowerCase(Locale.ROOT).contains("\r\nconnection: close");
        }
    }

    public RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.in = socket.getInputStream();
    }

    public Socket socket() {
        return socket;
    }

    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** In one piece: between two, a busy machine could let the server's deadline pass. */
    public void post(String path, String json) throws IOException {
        int length = json.getBytes(StandardCharsets.UTF_8).length;
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n";
        send((head + json).getBytes(StandardCharsets.UTF_8));
    }

    public Reply ask(String path, String json) throws IOException {
        post(path, json);
        return read();
    }

    /** Reads a reply to its end, and no further. */
    public Reply read() throws IOException {
        return read(head());
    }

    /** The same; of a stream that goes on only its head. */
    public Reply readUnlessItGoesOn() throws IOException {
        String head = head();
        return head.contains("text/event-stream") ? new Reply(head, "") : read(head);
    }

    private Reply read(String head) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        if (lower.contains("\r\ntransfer-encoding: chunked")) {
            return new Reply(head, chunks());
        }
        int at = lower.indexOf("\r\ncontent-length: ");
        if (at < 0) {
            return new Reply(head, "");
        }
        int from = at + "\r\ncontent-length: ".length();
        int length = Integer.parseInt(lower.substring(from, lower.indexOf("\r\n", from)));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("closed after " + body.length + " of " + length + " bytes of a body");
        }
        return new Reply(head, new String(body, StandardCharsets.UTF_8));
    }

    /** Reads the body of a reply whose head has been read. */
    public String body(String head) throws IOException {
        return read(head).body();
    }

    /** Reads the head of a reply. */
    public String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) next());
        }
        return head.toString();
    }

    private String chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            body.write(in.readNBytes(size));
            line();
        }
        line();
        return body.toString(StandardCharsets.UTF_8);
    }

    /** Reads a line, without what ends it. */
    public String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = next(); b != '\n'; b = next()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    private int next() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    /** Reads until the server closes, or has been silent so long that it will not. */
    public String whatComes() throws IOException {
        socket.setSoTimeout(SILENCE_MILLIS);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketTimeoutException e) {
            all.writeBytes("<open>".getBytes(StandardCharsets.UTF_8));
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Reads all that comes until the server closes. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
