package dev.sublinear.server.http;

import dev.sublinear.server.http.Generations.Draft;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.openai.Offer;
import dev.sublinear.server.http.openai.ResponsesRequest;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import dev.sublinear.server.http.reply.ResponseShape;
import dev.sublinear.server.http.reply.TokenTexts;

/** {@code POST /v1/responses}: a chat in other words, of which nothing is kept. */
final class ResponsesHandler implements Handler {
    private final Offer offer;
    private final Generations generations;
    private final TokenTexts texts;
    private final ChatPlans chats;

    ResponsesHandler(Offer offer, Generations generations, TokenTexts texts, ChatPlans chats) {
        this.offer = offer;
        this.generations = generations;
        this.texts = texts;
        this.chats = chats;
    }

    @Override
    public void handle(Exchange exchange) {
        generations.answer(exchange, Endpoint.RESPONSES, this::draft);
    }

    private Draft draft(byte[] body) {
        ResponsesRequest asked = ResponsesRequest.parse(body, offer);
        return chats.draft(
                asked.chat(), "resp_", (head, readers) -> new ResponseShape(head, asked.asked(), texts, readers.get()));
    }
}
