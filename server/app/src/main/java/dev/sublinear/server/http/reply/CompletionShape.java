package dev.sublinear.server.http.reply;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.server.http.connection.SseStream;
import dev.sublinear.server.http.openai.CompletionResponse;
import dev.sublinear.server.http.openai.CompletionResponse.Choice;
import dev.sublinear.server.http.openai.CompletionResponse.Logprobs;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers as {@code POST /v1/completions} has them. */
public final class CompletionShape implements Shape {
    private static final String OBJECT = "text_completion";
    private static final int ECHOED_AT_ONCE = 64; // tokens

    private final ReplyHead head;
    private final TokenTexts texts;
    private final List<String> echoes;
    private final int choices;
    private final boolean scored;
    private final int alternatives;
    private final boolean tellsUsage;

    /**
     * Makes the shape of one request's answers.
     *
     * @param echoes what the answers to each prompt begin with
     * @param choices answers to each prompt
     * @param scored whether logprobs are told
     * @param alternatives how many likely tokens beside each
     */
    public CompletionShape(
            ReplyHead head,
            TokenTexts texts,
            List<String> echoes,
            int choices,
            boolean scored,
            int alternatives,
            boolean tellsUsage) {
        this.head = head;
        this.texts = texts;
        this.echoes = echoes;
        this.choices = choices;
        this.scored = scored;
        this.alternatives = alternatives;
        this.tellsUsage = tellsUsage;
    }

    @Override
    public Object whole(List<CompleteAnswer> answers, Usage usage) {
        List<Choice> all = new ArrayList<>();
        for (CompleteAnswer answer : answers) {
            String echo = echo(answer.index());
            List<Scored> tokens = new ArrayList<>(answer.prompt());
            tokens.addAll(answer.tokens());
            List<Integer> offsets = new ArrayList<>(ofPrompt().next(answer.prompt()));
            offsets.addAll(ofAnswer(echo).next(answer.tokens()));
            all.add(new Choice(
                    answer.index(), echo + answer.text(), logprobs(tokens, offsets), Outcomes.name(answer.reason())));
        }
        return response(all, usage);
    }

    private String echo(int index) {
        return echoes.get(index / choices);
    }

    private CompletionResponse response(List<Choice> all, @Nullable Object usage) {
        return new CompletionResponse(head.id(), OBJECT, head.created(), head.model(), all, usage);
    }

    private TextOffsets ofPrompt() {
        return texts.offsets(0);
    }

    private TextOffsets ofAnswer(String echo) {
        return texts.offsets(TextOffsets.length(echo));
    }

    private @Nullable Logprobs logprobs(List<Scored> tokens, List<Integer> offsets) {
        if (!scored) {
            return null;
        }
        return new Logprobs(
                new MappedList<>(tokens, token -> texts.name(token.id())),
                new MappedList<>(
                        tokens,
                        token -> isFirst(token) ? null : token.logprobs().chosen()),
                alternatives == 0 ? null : new MappedList<>(tokens, token -> isFirst(token) ? null : top(token)),
                offsets);
    }

    /** Of a prompt: nothing makes it likely. */
    private static boolean isFirst(Scored token) {
        return Double.isNaN(token.logprobs().chosen());
    }

    private Map<String, Double> top(Scored token) {
        Map<String, Double> top = new LinkedHashMap<>();
        token.logprobs().top().forEach(other -> top.put(texts.name(other.id()), other.logprob()));
        return top;
    }

    @Override
    public List<Object> end(Usage usage) {
        return tellsUsage ? List.of(response(List.of(), usage), SseStream.DONE) : List.of(SseStream.DONE);
    }

    @Override
    public Events events(int index) {
        return new Events() {
            private final TextOffsets offsets = ofAnswer(echo(index));

            @Override
            public Stream<Object> begin(List<Scored> prompt) {
                String echo = echo(index);
                return echo.isEmpty() ? Stream.of() : echoed(echo, prompt);
            }

            /** In pieces: with its logprobs a prompt may be thousands of times as long as an event of an answer. */
            private Stream<Object> echoed(String echo, List<Scored> prompt) {
                TextOffsets at = ofPrompt();
                PieceByPiece rest = new PieceByPiece(echo);
                return IntStream.iterate(
                                0, first -> first == 0 || first < prompt.size(), first -> first + ECHOED_AT_ONCE)
                        .mapToObj(first -> {
                            int end = Math.min(prompt.size(), first + ECHOED_AT_ONCE);
                            List<Scored> tokens = prompt.subList(first, end);
                            List<Integer> offsets = at.next(tokens);
                            String text = end == prompt.size() ? rest.all() : rest.upTo(at.next());
                            return event(text, logprobs(tokens, offsets), null);
                        });
            }

            @Override
            public List<Object> more(String text, List<Scored> tokens) {
                return List.of(event(text, tokens, offsets, null));
            }

            @Override
            public List<Object> end(String rest, List<Scored> tokens, FinishReason reason) {
                return List.of(event(rest, tokens, offsets, Outcomes.name(reason)));
            }

            private Object event(String text, List<Scored> tokens, TextOffsets at, @Nullable String finish) {
                return event(text, logprobs(tokens, at.next(tokens)), finish);
            }

            private Object event(String text, @Nullable Logprobs logprobs, @Nullable String finish) {
                Choice choice = new Choice(index, text, logprobs, finish);
                return response(List.of(choice), tellsUsage ? NullNode.getInstance() : null);
            }
        };
    }
}
