package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.Generation;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** What was said so far, and the model that answers. Owned by one thread, but for {@link #interrupt}. */
final class Conversation {

    private final RunningModel model;
    private final EvictionPolicy policy;
    private final SamplingParams sampling;
    private final int maxTokens;
    private final List<Message> said = new ArrayList<>();
    private String system;
    private volatile boolean interrupted;
    private volatile Runnable cancel = Conversation::nothing;

    /**
     * An answer.
     *
     * @param filled whether it had to end because the model can read no more
     */
    record Answer(Completion completion, boolean filled) {
        boolean isComplete() {
            return completion.choices().get(0).reason() == FinishReason.STOP;
        }
    }

    /**
     * Begins one.
     *
     * @param maxTokens of an answer, at most
     * @param system what the model is told before anything else; empty for nothing
     */
    Conversation(RunningModel model, EvictionPolicy policy, SamplingParams sampling, int maxTokens, String system) {
        this.model = model;
        this.policy = policy;
        this.sampling = sampling;
        this.maxTokens = maxTokens;
        this.system = system;
    }

    String system() {
        return system;
    }

    /** From the next answer on; empty for nothing. */
    void setSystem(String text) {
        system = text;
    }

    int messages() {
        return said.size();
    }

    /** Forgets what was said. */
    void clear() {
        said.clear();
    }

    /** The most tokens that the model can read. */
    int context() {
        return model.engine().spec().maxPositions();
    }

    /**
     * Says something and waits for the answer, which may be cut short by {@link #interrupt}. If it fails, or is interrupted
     * before its first word, nothing was said.
     *
     * @param shown gets the answer in pieces, on another thread
     * @throws dev.sublinear.model.text.ChatTemplateException if the template refuses what was said
     * @throws dev.sublinear.engine.generation.RejectedException if the model can read no more, or the cache hold no more
     * @throws CommandException if the answer failed
     */
    Answer ask(String text, Consumer<String> shown) {
        interrupted = false;
        Message question = Message.of(Role.USER, text);
        int[] prompt = model.chat().encode(with(question), List.of(), true);
        int room = Math.max(1, context() - prompt.length);
        EvictionPolicy keeping = policy.pinningFirst(systemTokens(prompt));
        GenerationRequest request = GenerationRequest.of(prompt, Math.min(room, maxTokens), keeping)
                .with(sampling)
                .with(Stops.at(model.chat().stopTexts()));
        Listener listener = new Listener(shown);
        Generation generation = model.engine().submit(request, listener);
        cancel = generation::cancel;
        if (interrupted) { // before there was anything to cancel
            generation.cancel();
        }
        try {
            Completion completion = listener.await();
            if (!listener.text().isEmpty()) {
                said.add(question);
                said.add(Message.of(Role.ASSISTANT, listener.text().strip()));
            }
            boolean cut = completion.choices().get(0).reason() == FinishReason.LENGTH;
            return new Answer(completion, cut && room <= maxTokens);
        } finally {
            cancel = Conversation::nothing;
        }
    }

    private List<Message> with(Message question) {
        List<Message> all = new ArrayList<>(told());
        all.addAll(said);
        all.add(question);
        return all;
    }

    private List<Message> told() {
        return system.isEmpty() ? List.of() : List.of(Message.of(Role.SYSTEM, system));
    }

    /** How many tokens at the beginning tell the model what to be: those that stay the same whatever is said after them. */
    private int systemTokens(int[] prompt) {
        if (system.isEmpty() || !policy.evicts()) {
            return 0;
        }
        int same = prompt.length;
        for (String other : List.of(".", ",")) {
            List<Message> all = new ArrayList<>(told());
            all.add(Message.of(Role.USER, other));
            int first = Arrays.mismatch(prompt, model.chat().encode(all, List.of(), true));
            same = first < 0 ? same : Math.min(same, first);
        }
        return same;
    }

    /** Ends the answer that is under way; any thread may ask. */
    void interrupt() {
        interrupted = true;
        cancel.run();
    }

    private static void nothing() {}

    /** Puts an answer together and waits for its end. */
    private static final class Listener implements GenerationListener {
        private final Consumer<String> shown;
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<Completion> end = new CompletableFuture<>();

        Listener(Consumer<String> shown) {
            this.shown = shown;
        }

        @Override
        public void onToken(int choice, Token token) {
            say(token.text());
        }

        @Override
        public void onChoiceFinished(int choice, String rest, FinishReason reason) {
            say(rest);
        }

        /** An answer begins with its first word. */
        private void say(String piece) {
            String said = text.isEmpty() ? piece.stripLeading() : piece;
            if (!said.isEmpty()) {
                text.append(said);
                shown.accept(said);
            }
        }

        @Override
        public void onFinished(Completion completion) {
            end.complete(completion);
        }

        @Override
        public void onFailed(GenerationException failure) {
            end.completeExceptionally(failure);
        }

        /** The engine's thread has written it before it completes the end. */
        String text() {
            return text.toString();
        }

        Completion await() {
            try {
                return end.join();
            } catch (CompletionException e) {
                throw new CommandException("the answer failed: " + e.getCause(), e);
            }
        }
    }
}
