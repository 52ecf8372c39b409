package dev.sublinear.server.http.reply;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.chat.Said;
import dev.sublinear.engine.chat.SaidParts;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.server.http.connection.SseStream;
import dev.sublinear.server.http.openai.ChatResponse;
import dev.sublinear.server.http.openai.ChatResponse.Chunk;
import dev.sublinear.server.http.openai.ChatResponse.Delta;
import dev.sublinear.server.http.openai.ChatResponse.Logprobs;
import dev.sublinear.server.http.openai.ChatResponse.Piece;
import dev.sublinear.server.http.openai.ChatResponse.ToolCall;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers as {@code POST /v1/chat/completions} has them. */
public final class ChatShape implements Shape {
    private final ReplyHead head;
    private final TokenTexts texts;
    private final Supplier<AnswerReader> readers;
    private final boolean scored;
    private final boolean tellsUsage;
    private int thoughtTokens;

    /**
     * Makes the shape of one request's answers.
     *
     * @param readers find what is thought, said and called in an answer
     * @param scored whether logprobs are told
     */
    public ChatShape(
            ReplyHead head, TokenTexts texts, Supplier<AnswerReader> readers, boolean scored, boolean tellsUsage) {
        this.head = head;
        this.texts = texts;
        this.readers = readers;
        this.scored = scored;
        this.tellsUsage = tellsUsage;
    }

    @Override
    public Object whole(List<CompleteAnswer> answers, Usage usage) {
        List<ChatResponse.Choice> choices = answers.stream().map(this::choice).toList();
        return new ChatResponse(
                head.id(), "chat.completion", head.created(), head.model(), choices, usage.thinking(thoughtTokens));
    }

    private ChatResponse.Choice choice(CompleteAnswer answer) {
        AnswerReader reader = readers.get();
        SaidParts gathered = new SaidParts();
        for (String piece : answer.pieces()) {
            gathered.add(reader.accept(piece));
            reader.countToken();
        }
        gathered.add(reader.accept(answer.rest()));
        gathered.add(reader.finish());
        thoughtTokens += reader.thoughtTokens();
        List<ToolCall> calls = gathered.calls().stream().map(ChatShape::call).toList();
        boolean silent = !calls.isEmpty() && gathered.words().isBlank();
        return new ChatResponse.Choice(
                answer.index(),
                new ChatResponse.Message(
                        "assistant",
                        silent ? null : gathered.words(),
                        gathered.thought().isEmpty() ? null : gathered.thought(),
                        null,
                        calls),
                logprobs(answer.tokens()),
                reason(answer.reason(), reader));
    }

    private static ToolCall call(Said.Called called) {
        return ToolCall.of(called.id(), called.call().name(), called.call().arguments());
    }

    private static String reason(FinishReason reason, AnswerReader reader) {
        return reader.endsInCalls(reason) ? "tool_calls" : Outcomes.name(reason);
    }

    private @Nullable Logprobs logprobs(List<Scored> tokens) {
        return scored ? new Logprobs(texts.logprobs(tokens), null) : null;
    }

    @Override
    public List<Object> end(Usage usage) {
        return tellsUsage
                ? List.of(chunk(List.of(), usage.thinking(thoughtTokens)), SseStream.DONE)
                : List.of(SseStream.DONE);
    }

    private Chunk chunk(List<Piece> pieces, @Nullable Object usage) {
        return new Chunk(head.id(), "chat.completion.chunk", head.created(), head.model(), pieces, usage);
    }

    @Override
    public Events events(int index) {
        AnswerReader reader = readers.get();
        return new Events() {
            private final List<Scored> untold = new ArrayList<>();
            private int calls;

            @Override
            public Stream<Object> begin(List<Scored> prompt) {
                return Stream.of(event(Delta.begin(), null, null));
            }

            @Override
            public List<Object> more(String text, List<Scored> tokens) {
                untold.addAll(tokens);
                List<Object> events = told(reader.accept(text));
                reader.countToken();
                return events;
            }

            @Override
            public void silent() {
                more("", List.of());
            }

            @Override
            public List<Object> end(String rest, List<Scored> tokens, FinishReason reason) {
                untold.addAll(tokens);
                List<Object> events = new ArrayList<>(told(reader.accept(rest)));
                events.addAll(told(reader.finish()));
                thoughtTokens += reader.thoughtTokens();
                if (scored && !untold.isEmpty()) {
                    events.add(said(Delta.of("")));
                }
                events.add(event(Delta.END, null, reason(reason, reader)));
                return events;
            }

            private List<Object> told(List<Said> parts) {
                return parts.stream().map(part -> said(delta(part))).toList();
            }

            private Delta delta(Said part) {
                if (part instanceof Said.Called called) {
                    return Delta.of(List.of(call(called).at(calls++)));
                }
                return part instanceof Said.Thought thought
                        ? Delta.thought(thought.text())
                        : Delta.of(((Said.Words) part).text());
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
}
