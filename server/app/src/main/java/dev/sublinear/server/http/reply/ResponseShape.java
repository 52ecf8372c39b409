package dev.sublinear.server.http.reply;

import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.chat.Said;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatResponse.TokenLogprob;
import dev.sublinear.server.http.openai.Response;
import dev.sublinear.server.http.openai.Response.Asked;
import dev.sublinear.server.http.openai.Response.Consumption;
import dev.sublinear.server.http.openai.Response.Failure;
import dev.sublinear.server.http.openai.Response.Incomplete;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The answer as {@code POST /v1/responses} has it: there is one. A whole one is what the events of a stream add up to. */
public final class ResponseShape implements Shape, Shape.Events {
    private final ReplyHead head;
    private final Asked asked;
    private final TokenTexts texts;
    private final AnswerReader reader;
    private final ResponseOutput output = new ResponseOutput();
    private final List<Scored> untold = new ArrayList<>(); // their text waits for more
    private boolean begun;
    private boolean isCut;

    public ResponseShape(ReplyHead head, Asked asked, TokenTexts texts, AnswerReader reader) {
        this.head = head;
        this.asked = asked;
        this.texts = texts;
        this.reader = reader;
    }

    @Override
    public Object whole(List<CompleteAnswer> answers, Usage usage) {
        CompleteAnswer answer = answers.get(0);
        for (int i = 0; i < answer.pieces().size(); i++) {
            more(
                    answer.pieces().get(i),
                    answer.tokens().isEmpty()
                            ? List.of()
                            : List.of(answer.tokens().get(i)));
        }
        end(answer.rest(), List.of(), answer.reason());
        return ended(usage);
    }

    @Override
    public Events events(int index) {
        return this;
    }

    @Override
    public Stream<Object> begin(List<Scored> prompt) {
        return begin().stream();
    }

    private List<Object> begin() {
        begun = true;
        Response response = response("in_progress", null, null, asked.brief());
        output.tell("response.created", response);
        output.tell("response.in_progress", response);
        return output.events();
    }

    @Override
    public List<Object> more(String text, List<Scored> tokens) {
        untold.addAll(tokens);
        List<Said> parts = reader.accept(text);
        reader.countToken();
        if (reader.wasThought()) {
            untold.clear(); // thoughts are told without
        }
        tell(parts);
        return output.events();
    }

    @Override
    public void silent() {
        more("", List.of());
    }

    @Override
    public List<Object> end(String rest, List<Scored> tokens, FinishReason reason) {
        untold.addAll(tokens);
        tell(reader.accept(rest));
        tell(reader.finish());
        if (!reader.hasCalled() && !untold.isEmpty()) {
            output.say("", logprobs());
        }
        isCut = reason == FinishReason.LENGTH && !reader.isCut();
        output.end(isCut);
        return output.events();
    }

    private void tell(List<Said> parts) {
        for (Said part : parts) {
            if (part instanceof Said.Words words) {
                output.say(words.text(), logprobs());
            } else if (part instanceof Said.Thought thought) {
                output.think(thought.text());
            } else if (part instanceof Said.Called made) {
                output.call(made.id(), made.call().name(), made.call().arguments());
            }
        }
    }

    private List<TokenLogprob> logprobs() {
        List<TokenLogprob> logprobs = texts.logprobs(List.copyOf(untold));
        untold.clear();
        return logprobs;
    }

    @Override
    public List<Object> end(Usage usage) {
        Response ended = ended(usage);
        output.tell("response." + ended.status(), ended);
        return output.events();
    }

    private Response ended(Usage usage) {
        return response(isCut ? "incomplete" : "completed", null, usage, asked);
    }

    @Override
    public List<Object> failed(ApiError error) {
        List<Object> events = new ArrayList<>(begun ? List.of() : begin()); // clients wait for the first
        ApiError.Detail detail = error.body().error();
        output.tell(error);
        output.tell("response.failed", response("failed", new Failure("server_error", detail.message()), null, asked));
        events.addAll(output.events());
        return events;
    }

    private Response response(String status, @Nullable Failure failure, @Nullable Usage usage, Asked asked) {
        return new Response(
                head.id(),
                "response",
                head.created(),
                status,
                failure,
                status.equals("incomplete") ? Incomplete.MAX_OUTPUT_TOKENS : null,
                head.model(),
                output.items(),
                usage == null ? null : Consumption.of(usage.thinking(reader.thoughtTokens())),
                asked);
    }
}
