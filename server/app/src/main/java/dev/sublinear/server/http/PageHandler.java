package dev.sublinear.server.http;

import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.web.Page;

/** {@code GET /} and the files of the page there. They hold nothing secret, so they need no key. */
final class PageHandler implements Handler {
    private final Page page = Page.load();

    @Override
    public void handle(Exchange exchange) {
        Page.Asset asset = page.find(exchange.request().path()).orElseThrow(ApiError::notFound);
        exchange.addHeaders(Page.HEADERS);
        exchange.reply(asset.type(), asset.content(), asset.tag());
    }
}
