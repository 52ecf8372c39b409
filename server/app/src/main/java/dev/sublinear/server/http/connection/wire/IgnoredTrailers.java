package dev.sublinear.server.http.connection.wire;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;

/** The headers behind a chunked body, which are checked and forgotten: nobody here asks for them. */
final class IgnoredTrailers extends DefaultHttpHeaders {
    static final HttpHeadersFactory FACTORY = new HttpHeadersFactory() {
        @Override
        public HttpHeaders newHeaders() {
            return new IgnoredTrailers();
        }

        @Override
        public HttpHeaders newEmptyHeaders() {
            return new IgnoredTrailers();
        }
    };

    private IgnoredTrailers() {
        super(
                DefaultHttpHeadersFactory.trailersFactory().getNameValidator(),
                DefaultHttpHeadersFactory.trailersFactory().getValueValidator());
    }

    @Override
    public HttpHeaders add(CharSequence name, Object value) {
        return super.add(name, value).clear();
    }

    @Override
    public HttpHeaders add(String name, Object value) {
        return super.add(name, value).clear();
    }
}
