package dev.sublinear.server.http;

import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Model;

/** {@code GET /v1/models} and {@code /v1/models/{id}}, where an id may hold slashes. */
final class ModelsHandler {
    static final String PATH = "/v1/models";

    private final Model model;

    ModelsHandler(Model model) {
        this.model = model;
    }

    void list(Exchange exchange) {
        exchange.reply(Model.Listing.of(model));
    }

    void describe(Exchange exchange) {
        String id = exchange.request().path().substring(PATH.length() + 1);
        if (!id.equals(model.id())) {
            throw ApiError.modelNotFound(id);
        }
        exchange.reply(model);
    }
}
