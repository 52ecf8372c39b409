package dev.sublinear.server.http.connection.wire;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpStatusClass;

/** Netty's encoder, which sends no body in reply to HEAD, whatever is written: a client would read it as the next reply. */
public final class ReplyEncoder extends HttpResponseEncoder {
    private boolean toHead;

    /** The next reply is to a request of this method. */
    public void repliesTo(HttpMethod method) {
        toHead = method.equals(HttpMethod.HEAD);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        boolean interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        boolean empty = toHead && !interim;
        toHead &= interim; // what comes after may answer a message whose method is not known
        return empty || super.isContentAlwaysEmpty(response);
    }
}
