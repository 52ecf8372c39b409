package dev.sublinear.server.http;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.server.http.Generations.Draft;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.Offer;
import dev.sublinear.server.http.reply.ChatShape;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import dev.sublinear.server.http.reply.TokenTexts;

/** {@code POST /v1/chat/completions}. */
final class ChatHandler implements Handler {
    private final Offer offer;
    private final Generations generations;
    private final TokenTexts texts;
    private final ChatPlans chats;

    ChatHandler(Offer offer, Generations generations, TokenTexts texts, ChatPlans chats) {
        this.offer = offer;
        this.generations = generations;
        this.texts = texts;
        this.chats = chats;
    }

    @Override
    public void handle(Exchange exchange) {
        generations.answer(exchange, Endpoint.CHAT, this::draft);
    }

    private Draft draft(byte[] body) {
        ChatRequest asked = ChatRequest.parse(body, offer);
        boolean scored = asked.logprobs().scope() != LogprobsWanted.Scope.NONE;
        boolean tellsUsage = asked.fields().includesUsage();
        return chats.draft(
                asked, "chatcmpl-", (head, readers) -> new ChatShape(head, texts, readers, scored, tellsUsage));
    }
}
