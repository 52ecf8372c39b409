package dev.sublinear.server.http;

import dev.sublinear.engine.chat.AnswerReader;
import dev.sublinear.engine.chat.Dialect;
import dev.sublinear.engine.constraint.Constraints;
import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.schema.SchemaException;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.model.text.Chat;
import dev.sublinear.model.text.ChatTemplateException;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.model.text.Prompt;
import dev.sublinear.server.http.Generations.Plan;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.ChatRequest.AnswerFormat;
import dev.sublinear.server.http.openai.ChatRequest.Tools;
import dev.sublinear.server.http.openai.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes of a chat what the engine is asked for: the prompt, what of it is pinned, and what its answer may be. Whatever
 * request the chat came with.
 */
final class Chats {
    private static final int MOST_IF_UNSAID = 4096;

    private final Served served;
    private final Optional<Constraints> constraints;
    private final Dialect dialect;

    /**
     * Makes it.
     *
     * @param dialect how the model writes answers
     * @param constraints none for a tokenizer whose tokens have no bytes of their own
     */
    Chats(Served served, Dialect dialect, Optional<Constraints> constraints) {
        this.served = served;
        this.constraints = constraints;
        this.dialect = dialect;
    }

    /** Makes the shape of the answers to one chat. */
    interface Shaping {
        /**
         * Makes it.
         *
         * @param readers find what is thought, said and called in an answer
         */
        Shape of(Head head, Supplier<AnswerReader> readers);
    }

    /**
     * What a chat asks for.
     *
     * @param idPrefix of the reply's id
     */
    Plan plan(ChatRequest asked, String idPrefix, Shaping shaping) {
        Fields fields = asked.fields();
        Tools tools = asked.tools();
        Prompt prompt = prompt(asked, asked.chat());
        boolean thinks = dialect.isThinkingAfter(prompt.text());
        EvictionPolicy policy = fields.policy().pinningFirst(systemTokens(asked, prompt.ids()));
        GenerationRequest request = fields.request(prompt.ids(), maxTokens(asked, prompt.ids()), policy)
                .with(stops(fields.stops()))
                .with(asked.logprobs())
                .with(constraint(asked, thinks))
                .telling(dialect.told(tools.callable()));
        boolean scored = asked.logprobs().scope() != LogprobsWanted.Scope.NONE;
        Head head = Head.begin(idPrefix, served.offer().model());
        Shape shape = shaping.of(head, () -> dialect.reader(tools.callable(), tools.several(), thinks));
        return new Plan(
                head.id(),
                List.of(request),
                shape,
                fields.streams(),
                scored,
                asked.names().messages());
    }

    private Prompt prompt(ChatRequest asked, Chat chat) {
        if (!chat.tools().isEmpty() && !served.chat().takesTools()) {
            throw ApiError.unsupportedParameter("tools", "tools: the model has no chat template;");
        }
        try {
            return served.chat().prompt(chat);
        } catch (ChatTemplateException | IllegalArgumentException e) {
            throw ApiError.invalidValue(asked.names().messages(), "%s", String.valueOf(e.getMessage()));
        }
    }

    private int maxTokens(ChatRequest asked, int[] prompt) {
        int room = served.engine().spec().maxPositions() - prompt.length;
        return asked.maxTokens().orElse(Math.max(1, Math.min(room, MOST_IF_UNSAID)));
    }

    private Stops stops(Stops asked) {
        List<String> all = new ArrayList<>(asked.texts());
        all.addAll(served.chat().stopTexts());
        return new Stops(all, asked.ids(), asked.ignoresModel());
    }

    /** What is asked for may come after a thought; of calls and a fitting answer either may come. */
    private TokenConstraint constraint(ChatRequest asked, boolean thinks) {
        Tools tools = asked.tools();
        if (tools.required()) {
            return compiled("tools", "", dialect.afterThought(dialect.call(tools.callable()), thinks));
        }
        if (asked.format() instanceof AnswerFormat.Text) {
            return TokenConstraint.NONE;
        }
        TokenConstraint fitting = fitting(asked, thinks);
        if (tools.isEmpty()) {
            return fitting;
        }
        Part either = new Part.OneOf(List.of(dialect.call(tools.callable()), part(asked.format())));
        return compiled("tools", "", dialect.afterThought(either, thinks));
    }

    private TokenConstraint fitting(ChatRequest asked, boolean thinks) {
        boolean schema = asked.format() instanceof AnswerFormat.Schema;
        String param = schema ? asked.names().schema() : asked.names().format();
        return compiled(param, schema ? param : "", dialect.afterThought(part(asked.format()), thinks));
    }

    private static Part part(AnswerFormat format) {
        return format instanceof AnswerFormat.Schema schema ? new Part.Json(schema.schema(), "") : new Part.AnyObject();
    }

    private TokenConstraint compiled(String param, String place, Part part) {
        Constraints compiler = constraints.orElseThrow(
                () -> ApiError.unsupportedParameter(param, param + " with this model's tokenizer"));
        try {
            return compiler.answer(part);
        } catch (SchemaException e) {
            throw ApiError.invalidValue(param, "%s%s", place.isEmpty() ? param + ": " : place + ": ", e.getMessage());
        }
    }

    /**
     * How many tokens at the beginning are of the system's messages: as many as stay the same whatever is said after
     * them.
     */
    private int systemTokens(ChatRequest asked, int[] prompt) {
        List<Message> messages = asked.messages();
        int systems = 0;
        while (systems < messages.size() && isSystem(messages.get(systems))) {
            systems++;
        }
        if (systems == 0 || !asked.fields().policy().evicts()) {
            return 0;
        }
        List<Message> other = new ArrayList<>(messages.subList(0, systems));
        boolean dot =
                systems < messages.size() && messages.get(systems).content().startsWith(".");
        other.add(Message.of(Role.USER, dot ? "," : "."));
        Chat changedChat = asked.chat().saying(other).with(Chat.Ending.ASSISTANT_BEGINS);
        int[] changed = prompt(asked, changedChat).ids();
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
