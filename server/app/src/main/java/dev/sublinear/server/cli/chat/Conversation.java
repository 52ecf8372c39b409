package dev.sublinear.server.cli.chat;

import dev.sublinear.engine.Answer;
import dev.sublinear.engine.AnswerException;
import dev.sublinear.engine.LocalModel;
import dev.sublinear.engine.OngoingAnswer;
import dev.sublinear.engine.Token;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.server.cli.command.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What was said so far, and the model that answers. Owned by one thread, but for {@link #interrupt}. */
final class Conversation {

    private final LocalModel model;
    private final SamplingParams sampling;
    private final int maxTokens;
    private final List<Message> said = new ArrayList<>();
    private String system;
    private volatile boolean interrupted;
    private volatile Runnable cancel = Conversation::nothing;

    /**
     * What was said in reply.
     *
     * @param filled whether it had to end because the model can read no more
     */
    record Reply(Completion completion, boolean filled) {
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
    Conversation(LocalModel model, SamplingParams sampling, int maxTokens, String system) {
        this.model = model;
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

    /** The model's context, in tokens. */
    int context() {
        return model.spec().maxPositions();
    }

    /**
     * Says something and waits for the answer, which may be cut short by {@link #interrupt}. If it fails, or is interrupted
     * before its first word, nothing was said.
     *
     * @param shown gets the answer in pieces, on another thread
     * @throws dev.sublinear.engine.chat.ChatException if the template refuses what was said
     * @throws dev.sublinear.engine.generation.RejectedException if the model can read no more, or the cache hold no more
     * @throws CommandException if the answer failed
     */
    Reply ask(String text, Consumer<String> shown) {
        interrupted = false;
        Message question = Message.of(Role.USER, text);
        Words words = new Words(shown);
        OngoingAnswer ongoing =
                model.chat(with(question)).sampling(sampling).atMost(maxTokens).start(words::say);
        cancel = ongoing::cancel;
        if (interrupted) { // before there was anything to cancel
            ongoing.cancel();
        }
        try {
            Answer answer = ongoing.await();
            if (words.haveBegun()) {
                said.add(question);
                said.add(Message.of(Role.ASSISTANT, answer.text().strip()).thinking(answer.thought()));
            }
            boolean cut = answer.finish() == Answer.Finish.LENGTH;
            return new Reply(answer.completion(), cut && context() - answer.promptTokens() <= maxTokens);
        } catch (AnswerException e) {
            throw new CommandException("the answer failed: " + e.getCause(), e);
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

    /** Ends the answer that is under way; any thread may ask. */
    void interrupt() {
        interrupted = true;
        cancel.run();
    }

    private static void nothing() {}

    /** Shows an answer, which begins with its first word. */
    private static final class Words {
        private final Consumer<String> shown;
        private volatile boolean begun;

        Words(Consumer<String> shown) {
            this.shown = shown;
        }

        void say(Token token) {
            String more = token.thought() + token.text();
            String words = begun ? more : more.stripLeading();
            if (!words.isEmpty()) {
                begun = true;
                shown.accept(words);
            }
        }

        boolean haveBegun() {
            return begun;
        }
    }
}
