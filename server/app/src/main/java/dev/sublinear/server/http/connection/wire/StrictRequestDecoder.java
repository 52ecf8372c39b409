package dev.sublinear.server.http.connection.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's decoder with our limits. It refuses a message that two readers could understand differently, because that is how
 * requests are smuggled.
 */
public final class StrictRequestDecoder extends HttpRequestDecoder {
    /** Bytes of the first line, and of the line that begins a chunk. */
    public static final int MAX_LINE = 4096;

    /** Bytes of all headers. */
    public static final int MAX_HEADERS = 16_384;

    private static final int MAX_CHUNK = 8192;

    private final HeadScanner scanner = new HeadScanner();
    private int scanned; // bytes from the reader's index on that the scanner has seen

    public StrictRequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADERS)
                .setMaxChunkSize(MAX_CHUNK)
                .setValidateHeaders(true)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (scanner.isRejected()) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        scan(buffer);
        if (scanner.isRejected()) {
            buffer.skipBytes(buffer.readableBytes());
            out.add(broken());
            return;
        }
        int before = buffer.readerIndex();
        super.decode(ctx, buffer, out);
        scanned = Math.max(0, scanned - (buffer.readerIndex() - before));
        if (!out.isEmpty() && out.get(out.size() - 1) instanceof LastHttpContent) {
            scanner.reset();
            scanned = 0;
        }
    }

    private void scan(ByteBuf buffer) {
        int unseen = buffer.readableBytes() - scanned;
        if (!scanner.isDone() && unseen > 0) {
            int last = buffer.forEachByte(buffer.readerIndex() + scanned, unseen, scanner);
            scanned = (last < 0 ? buffer.writerIndex() : last + 1) - buffer.readerIndex();
        }
    }

    private static HttpMessage broken() {
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", Unpooled.EMPTY_BUFFER);
        request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("head")));
        return request;
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
    }
}
