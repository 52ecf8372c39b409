package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.sampling.Logprobs;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.SharedMemory;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.Usage;
import dev.sublinear.server.http.reply.CompleteAnswer.Scored;
import dev.sublinear.server.http.reply.RequestListener.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers all answers and replies when they are complete. Log probabilities count towards the caller's share of the heap, or a few
 * requests could fill it. Owned by the engine's thread from the first call of a listener.
 */
public final class WholeReply implements Reply {
    /** Of one log probability, gathered and then written: as JSON in characters, as a text, and in UTF-8. */
    private static final int BYTES_A_LOGPROB = 340;

    private static final int RETRY_SECONDS = 1;

    private final Exchange exchange;
    private final Shape shape;
    private final List<Prompt> prompts;
    private final SharedMemory.Held held;
    private final Consumer<Outcome> onEnded;
    private final @Nullable CompleteAnswer[] answers;
    private final List<Completion> completions = new ArrayList<>();
    private int missing;

    /** @param memory of the log probabilities of all such replies */
    public WholeReply(
            Exchange exchange, Shape shape, List<Prompt> prompts, SharedMemory memory, Consumer<Outcome> onEnded) {
        this.exchange = exchange;
        this.shape = shape;
        this.prompts = prompts;
        this.held = memory.hold(exchange.callerOrAddress());
        exchange.onEnded(held::release);
        this.onEnded = onEnded;
        this.missing = prompts.size();
        this.answers =
                new CompleteAnswer[prompts.stream().mapToInt(Prompt::choices).sum()];
    }

    @Override
    public GenerationListener listener(int prompt) {
        Prompt asked = prompts.get(prompt);
        return new Gatherer(asked);
    }

    /** Returns whether there is room for more log probabilities; else the request has failed. */
    private boolean holds(List<Logprobs> more) {
        int bytes = more.stream().mapToInt(each -> 1 + each.top().size()).sum() * BYTES_A_LOGPROB;
        boolean fits = held.more(bytes);
        if (!fits) {
            ApiError full = ApiError.unavailable(
                    "server_overloaded",
                    RETRY_SECONDS,
                    "the log probabilities of answers that are no streams take all memory that one caller may have for them now;"
                            + " stream the answer, or ask for fewer (n, max_tokens, top_logprobs)");
            exchange.later(() -> exchange.fail(full));
        }
        return fits;
    }

    private final class Gatherer implements GenerationListener {
        private final Prompt asked;
        private final List<List<String>> pieces = new ArrayList<>();
        private final List<List<Scored>> tokens = new ArrayList<>();
        private List<Scored> promptTokens = List.of();

        private Gatherer(Prompt asked) {
            this.asked = asked;
            for (int choice = 0; choice < asked.choices(); choice++) {
                pieces.add(new ArrayList<>());
                tokens.add(new ArrayList<>());
            }
        }

        @Override
        public void onPromptRead(List<Logprobs> logprobs) {
            if (holds(logprobs)) {
                promptTokens = asked.scored(logprobs);
            }
        }

        @Override
        public void onToken(int choice, ChosenToken token) {
            pieces.get(choice).add(token.text());
            if (asked.isScored() && holds(List.of(token.logprobs()))) {
                tokens.get(choice).add(new Scored(token.id(), token.logprobs()));
            }
        }

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {
            onEnded.accept(Outcomes.of(reason));
            int index = asked.first() + choice;
            answers[index] =
                    new CompleteAnswer(index, pieces.get(choice), rest, tokens.get(choice), promptTokens, reason);
        }

        @Override
        public void onFinished(Completion completion) {
            completions.add(completion);
            missing--;
            if (missing == 0 && completions.stream().noneMatch(Completion::isCancelled)) {
                List<CompleteAnswer> all =
                        Arrays.stream(answers).map(Objects::requireNonNull).toList();
                Usage usage = Usage.of(completions);
                exchange.later(() -> exchange.reply(shape.whole(all, usage)));
            }
        }

        @Override
        public void onFailed(GenerationException failure) {
            onEnded.accept(Outcome.ERROR);
            exchange.later(() -> exchange.fail(Outcomes.error(failure)));
        }
    }
}
