package dev.sublinear.server.http;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.sublinear.server.engine.FinishReason;
import dev.sublinear.server.http.Answer.Scored;
import dev.sublinear.server.http.ToolCallReader.Said;
import dev.sublinear.server.http.openai.ChatResponse;
import dev.sublinear.server.http.openai.ChatResponse.Chunk;
import dev.sublinear.server.http.openai.ChatResponse.Delta;
import dev.sublinear.server.http.openai.ChatResponse.Logprobs;
import dev.sublinear.server.http.openai.ChatResponse.Piece;
import dev.sublinear.server.http.openai.ChatResponse.ToolCall;
import dev.sublinear.server.http.openai.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers as {@code POST /v1/chat/completions} has them. */
final class ChatShape implements Shape {
    private final Head head;
    private final TokenTexts texts;
    private final Supplier<ToolCallReader> readers;
    private final boolean scored;
    private final boolean tellsUsage;

    /**
     * Makes the shape of one request's answers.
     *
     * @param readers find the calls of tools in an answer
     * @param scored whether logprobs are told
     */
    ChatShape(Head head, TokenTexts texts, Supplier<ToolCallReader> readers, boolean scored, boolean tellsUsage) {
        this.head = head;
        this.texts = texts;
        this.readers = readers;
        this.scored = scored;
        this.tellsUsage = tellsUsage;
    }

    @Override
    public Object whole(List<Answer> answers, Usage usage) {
        List<ChatResponse.Choice> choices = answers.stream().map(this::choice).toList();
        return new ChatResponse(head.id(), "chat.completion", head.created(), head.model(), choices, usage);
    }

    private ChatResponse.Choice choice(Answer answer) {
        ToolCallReader reader = readers.get();
        String begun = reader.accept(answer.text());
        Said said = reader.finish();
        String content = begun + said.text();
        boolean calls = !said.calls().isEmpty();
        return new ChatResponse.Choice(
                answer.index(),
                new ChatResponse.Said("assistant", calls && content.isBlank() ? null : content, null, said.calls()),
                logprobs(answer.tokens()),
                reason(answer.reason(), calls));
    }

    private static String reason(FinishReason reason, boolean calls) {
        return calls && reason == FinishReason.STOP ? "tool_calls" : Outcomes.name(reason);
    }

    private @Nullable Logprobs logprobs(List<Scored> tokens) {
        return scored ? new Logprobs(texts.logprobs(tokens), null) : null;
    }

    @Override
    public List<Object> end(Usage usage) {
        return tellsUsage ? List.of(chunk(List.of(), usage), SseStream.DONE) : List.of(SseStream.DONE);
    }

    private Chunk chunk(List<Piece> pieces, @Nullable Object usage) {
        return new Chunk(head.id(), "chat.completion.chunk", head.created(), head.model(), pieces, usage);
    }

    @Override
    public Events events(int index) {
        ToolCallReader reader = readers.get();
        return new Events() {
            private final List<Scored> untold = new ArrayList<>();

            @Override
            public List<Object> begin(List<Scored> prompt) {
                return List.of(event(Delta.begin(), null, null));
            }

            @Override
            public List<Object> more(String text, List<Scored> tokens) {
                untold.addAll(tokens);
                String shown = reader.accept(text);
                return shown.isEmpty() ? List.of() : List.of(said(Delta.of(shown)));
            }

            @Override
            public List<Object> end(String rest, List<Scored> tokens, FinishReason reason) {
                untold.addAll(tokens);
                List<Object> events = new ArrayList<>();
                String shown = reader.accept(rest);
                Said last = reader.finish();
                String text = shown + last.text();
                if (!text.isEmpty() || (scored && !untold.isEmpty())) {
                    events.add(said(Delta.of(text)));
                }
                if (!last.calls().isEmpty()) {
                    events.add(event(Delta.of(numbered(last.calls())), null, null));
                }
                events.add(event(Delta.END, null, reason(reason, !last.calls().isEmpty())));
                return events;
            }

            private Object said(Delta delta) {
                Logprobs logprobs = logprobs(List.copyOf(untold));
                untold.clear();
                return event(delta, logprobs, null);
            }

            private Object event(Delta delta, @Nullable Logprobs logprobs, @Nullable String finish) {
                return chunk(
                        List.of(new Piece(index, delta, logprobs, finish)), tellsUsage ? NullNode.getInstance() : null);
            }
        };
    }

    private static List<ToolCall> numbered(List<ToolCall> calls) {
        List<ToolCall> numbered = new ArrayList<>();
        for (ToolCall call : calls) {
            numbered.add(call.at(numbered.size()));
        }
        return numbered;
    }
}
