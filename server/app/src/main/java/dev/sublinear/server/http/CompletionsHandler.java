package dev.sublinear.server.http;

import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.server.http.Generations.Draft;
import dev.sublinear.server.http.Generations.Plan;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.Handler;
import dev.sublinear.server.http.openai.CompletionRequest;
import dev.sublinear.server.http.openai.Fields;
import dev.sublinear.server.http.reply.CompletionShape;
import dev.sublinear.server.http.reply.ReplyHead;
import dev.sublinear.server.http.reply.RequestListener.Endpoint;
import dev.sublinear.server.http.reply.Shape;
import dev.sublinear.server.http.reply.TokenTexts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code POST /v1/completions}. */
final class CompletionsHandler implements Handler {
    private final Served served;
    private final Generations generations;
    private final TokenTexts texts;

    CompletionsHandler(Served served, Generations generations, TokenTexts texts) {
        this.served = served;
        this.generations = generations;
        this.texts = texts;
    }

    @Override
    public void handle(Exchange exchange) {
        generations.answer(exchange, Endpoint.COMPLETIONS, body -> Draft.of(plan(body)));
    }

    private Plan plan(byte[] body) {
        CompletionRequest asked = CompletionRequest.parse(body, served.offer());
        Fields fields = asked.fields();
        List<GenerationRequest> requests = new ArrayList<>();
        List<String> echoes = new ArrayList<>();
        for (CompletionRequest.Prompt prompt : asked.prompts()) {
            int[] ids = prompt.ids(text -> served.encodable("prompt", text).encodePrompt(text));
            served.requireWithinContext("prompt", ids);
            requests.add(fields.options().with(asked.logprobs()).request(ids, asked.maxTokens()));
            echoes.add(asked.echo() ? echo(prompt) : "");
        }
        boolean scored = asked.logprobs().scope() != LogprobsWanted.Scope.NONE;
        ReplyHead head = ReplyHead.begin("cmpl-", served.offer().model());
        Shape shape = new CompletionShape(
                head,
                texts,
                echoes,
                fields.options().choices(),
                scored,
                asked.logprobs().alternatives(),
                fields.includesUsage());
        return new Plan(head.id(), requests, shape, fields.streams(), scored, "prompt");
    }

    private String echo(CompletionRequest.Prompt prompt) {
        return prompt instanceof CompletionRequest.Prompt.Text text
                ? text.text()
                : served.tokenizer().decode(inVocabulary(prompt.ids(served.tokenizer()::encode)));
    }

    /** The engine will refuse the others, and say so better. */
    private int[] inVocabulary(int[] ids) {
        int most = served.tokenizer().vocabSize();
        return Arrays.stream(ids).filter(id -> id >= 0 && id < most).toArray();
    }
}
