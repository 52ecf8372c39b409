package dev.sublinear.engine.chat;

import dev.sublinear.engine.chat.ChatException.Aspect;
import dev.sublinear.engine.constraint.Constraints;
import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.generation.GenerationOptions;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.generation.RejectedException;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.model.text.Chat;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.ChatTemplateException;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Prompt;
import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.model.text.TooManyTokensException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The chats of one model: makes of a turn what the engine is asked for, the prompt, what of it is pinned, and what the
 * answer may be. Safe for use by several threads; compiling a schema takes up to some tenths of a second.
 */
public final class Chats {
    private final ChatTemplate template;
    private final Dialect dialect;
    private final Optional<Constraints> constraints;
    private final int context;

    /**
     * Finds out how the model writes answers.
     *
     * @param context most tokens that the model can read
     * @param masking computes masks of constrained answers while the model computes logits; must not refuse
     */
    public Chats(ChatTemplate template, Tokenizer tokenizer, int context, Executor masking) {
        this.template = template;
        this.dialect = Dialect.of(template, tokenizer);
        this.constraints = tokenizer.pieces().map(pieces -> new Constraints(pieces, dialect.controls(), masking));
        this.context = context;
    }

    /**
     * A turn of a chat as the engine is asked for it.
     *
     * @param readers each finds what is thought, said and called in one answer
     */
    public record PlannedTurn(GenerationRequest request, Supplier<AnswerReader> readers) {}

    /** How the model is told of a chat. */
    public ChatTemplate template() {
        return template;
    }

    /**
     * A turn whose prompt has been read.
     *
     * @param isConstrained whether something must be compiled before it is planned, which may take long
     * @param planning see {@link #plan}
     */
    public record ReadTurn(boolean isConstrained, Supplier<PlannedTurn> planning) {
        /**
         * Plans the turn.
         *
         * @throws ChatException if what the answer shall look like cannot be
         */
        public PlannedTurn plan() {
            return planning.get();
        }
    }

    /**
     * Plans a turn.
     *
     * @throws ChatException if the template refuses the messages, or what the answer shall look like cannot be
     * @throws RejectedException if the model cannot read so much
     * @throws dev.sublinear.engine.sampling.InvalidParameterException if an option cannot be
     */
    public PlannedTurn plan(ChatTurn turn) {
        return read(turn).plan();
    }

    /** The same up to what has to be compiled, for whom this thread is too busy to do that. */
    public ReadTurn read(ChatTurn turn) {
        Tools tools = turn.tools();
        Chat chat = turn.chat().offering(tools.definitions());
        Prompt prompt = prompt(chat);
        boolean thinks = dialect.isThinkingAfter(prompt.text());
        GenerationOptions options = turn.options();
        GenerationOptions own = options.with(options.policy().pinningFirst(systemTokens(chat, options, prompt.ids())))
                .with(stops(options.stops()));
        GenerationRequest request = request(turn, own, prompt.ids()).telling(dialect.told(tools.callable()));
        boolean isConstrained = tools.required() || !(turn.format() instanceof AnswerFormat.Text);
        return new ReadTurn(
                isConstrained,
                () -> new PlannedTurn(
                        request.with(constraint(turn, thinks)),
                        () -> dialect.reader(tools.callable(), tools.several(), thinks)));
    }

    private Prompt prompt(Chat chat) {
        if (!chat.tools().isEmpty() && !template.takesTools()) {
            throw ChatException.noTemplateForTools();
        }
        try {
            return template.prompt(chat, context);
        } catch (TooManyTokensException e) {
            throw RejectedException.tooLong(e);
        } catch (ChatTemplateException | IllegalArgumentException e) {
            throw ChatException.invalid(Aspect.MESSAGES, e);
        }
    }

    private GenerationRequest request(ChatTurn turn, GenerationOptions options, int[] prompt) {
        return turn.maxTokens().isPresent()
                ? options.request(prompt, turn.maxTokens().getAsInt())
                : options.requestWithin(context, prompt, turn.atMost());
    }

    private Stops stops(Stops asked) {
        List<String> all = new ArrayList<>(asked.texts());
        all.addAll(template.stopTexts());
        return new Stops(all, asked.ids(), asked.ignoresModel());
    }

    /** What is asked for may come after a thought; of calls and a fitting answer either may come. */
    private TokenConstraint constraint(ChatTurn turn, boolean thinks) {
        Tools tools = turn.tools();
        if (tools.required()) {
            return compiled(Aspect.TOOLS, dialect.afterThought(dialect.call(tools.callable()), thinks));
        }
        if (turn.format() instanceof AnswerFormat.Text) {
            return TokenConstraint.NONE;
        }
        Part fitting = fitting(turn.format());
        Aspect aspect = turn.format() instanceof AnswerFormat.Schema ? Aspect.SCHEMA : Aspect.FORMAT;
        TokenConstraint alone = compiled(aspect, dialect.afterThought(fitting, thinks));
        if (tools.isEmpty()) {
            return alone;
        }
        Part either = new Part.OneOf(List.of(dialect.call(tools.callable()), fitting));
        return compiled(Aspect.TOOLS, dialect.afterThought(either, thinks));
    }

    private static Part fitting(AnswerFormat format) {
        return format instanceof AnswerFormat.Schema schema ? new Part.Json(schema.schema(), "") : new Part.AnyObject();
    }

    private TokenConstraint compiled(Aspect aspect, Part answer) {
        Constraints compiler = constraints.orElseThrow(() -> ChatException.noTokenBytes(aspect));
        try {
            return compiler.answer(answer);
        } catch (SchemaException e) {
            throw ChatException.invalid(aspect, e);
        }
    }

    /**
     * The number of leading tokens that belong to the system's messages: those that do not change with the messages
     * after them.
     */
    private int systemTokens(Chat chat, GenerationOptions options, int[] prompt) {
        List<Message> messages = chat.messages();
        int systems = 0;
        while (systems < messages.size() && isSystem(messages.get(systems))) {
            systems++;
        }
        if (systems == 0 || !options.policy().evicts()) {
            return 0;
        }
        List<Message> other = new ArrayList<>(messages.subList(0, systems));
        boolean dot =
                systems < messages.size() && messages.get(systems).content().startsWith(".");
        other.add(Message.of(Role.USER, dot ? "," : "."));
        int[] changed =
                prompt(chat.saying(other).with(Chat.Ending.ASSISTANT_BEGINS)).ids();
        int same = 0;
        while (same < Math.min(prompt.length, changed.length) && prompt[same] == changed[same]) {
            same++;
        }
        return same;
    }

    private static boolean isSystem(Message message) {
        return message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER;
    }
}
