package dev.sublinear.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.model.text.ChatTemplate;
import dev.sublinear.model.text.ChatTemplateException;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import dev.sublinear.server.constraint.Constraints;
import dev.sublinear.server.constraint.SchemaException;
import dev.sublinear.server.constraint.Tool;
import dev.sublinear.server.constraint.ToolFormat;
import dev.sublinear.server.engine.GenerationRequest;
import dev.sublinear.server.engine.GenerationRequest.LogprobsWanted;
import dev.sublinear.server.engine.GenerationRequest.Stops;
import dev.sublinear.server.http.Generations.Plan;
import dev.sublinear.server.http.RequestListener.Endpoint;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.openai.ChatRequest;
import dev.sublinear.server.http.openai.ChatRequest.AnswerFormat;
import dev.sublinear.server.http.openai.ChatRequest.Tools;
import dev.sublinear.server.http.openai.Fields;
import dev.sublinear.server.sampling.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** {@code POST /v1/chat/completions}. */
final class ChatHandler implements Handler {
    private static final int MOST_IF_UNSAID = 4096;

    private final Served served;
    private final Generations generations;
    private final TokenTexts texts;
    private final Optional<Constraints> constraints;
    private final ToolFormat toolFormat;

    /** @param constraints none for a tokenizer whose tokens have no bytes of their own */
    ChatHandler(Served served, Generations generations, TokenTexts texts, Optional<Constraints> constraints) {
        this.served = served;
        this.generations = generations;
        this.texts = texts;
        this.constraints = constraints;
        this.toolFormat = toolFormat(served.chat());
    }

    /** How the model was taught to call, by how its template repeats a call. */
    private static ToolFormat toolFormat(ChatTemplate template) {
        try {
            ObjectNode arguments = JsonNodeFactory.instance.objectNode();
            String text = template.render(
                    List.of(
                            Message.of(Role.USER, "?"),
                            Message.calling("", List.of(new Message.ToolCall("call", "function", arguments)))),
                    List.of(),
                    false);
            return text.contains(ToolFormat.HERMES.before().strip()) ? ToolFormat.HERMES : ToolFormat.LLAMA;
        } catch (ChatTemplateException e) {
            return ToolFormat.LLAMA; // a template that has no calls
        }
    }

    @Override
    public void handle(Exchange exchange) {
        generations.answer(exchange, Endpoint.CHAT, this::plan);
    }

    private Plan plan(byte[] body) {
        ChatRequest asked = ChatRequest.parse(body, served.offer());
        boolean scored = asked.logprobs().scope() != LogprobsWanted.Scope.NONE;
        boolean tellsUsage = asked.fields().includesUsage();
        return plan(asked, "chatcmpl-", (head, readers) -> new ChatShape(head, texts, readers, scored, tellsUsage));
    }

    /** Makes the shape of the answers to one chat. */
    interface Shaping {
        /**
         * Makes it.
         *
         * @param readers find the calls of tools in an answer
         */
        Shape of(Head head, Supplier<ToolCallReader> readers);
    }

    /**
     * What a chat asks for, whatever request it came with.
     *
     * @param idPrefix of the reply's id
     */
    Plan plan(ChatRequest asked, String idPrefix, Shaping shaping) {
        Fields fields = asked.fields();
        int[] prompt = encode(asked, asked.messages());
        EvictionPolicy policy = pinned(fields.policy(), systemTokens(asked, prompt));
        GenerationRequest request = fields.request(prompt, maxTokens(asked, prompt), policy)
                .with(stops(fields.stops()))
                .with(asked.logprobs())
                .with(constraint(asked));
        Set<String> callable = asked.tools().callable().stream().map(Tool::name).collect(Collectors.toSet());
        boolean scored = asked.logprobs().scope() != LogprobsWanted.Scope.NONE;
        Head head = Head.begin(idPrefix, served.offer().model());
        Shape shape = shaping.of(head, () -> new ToolCallReader(toolFormat, callable));
        return new Plan(
                head.id(),
                List.of(request),
                shape,
                fields.streams(),
                scored,
                asked.names().messages());
    }

    private int[] encode(ChatRequest asked, List<Message> messages) {
        Tools tools = asked.tools();
        if (!tools.isEmpty() && !served.chat().supportsTools()) {
            throw ApiError.unsupportedParameter("tools", "tools: the model's chat template has no place for them;");
        }
        try {
            return served.chat().encode(messages, tools.definitions(), true);
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

    private TokenConstraint constraint(ChatRequest asked) {
        if (asked.tools().required()) {
            return compiled(
                    "tools", "", compile -> compile.toolCall(asked.tools().callable(), toolFormat));
        }
        if (asked.format() instanceof AnswerFormat.Schema schema) {
            String name = asked.names().schema();
            return compiled(name, name, compile -> compile.jsonSchema(schema.schema()));
        }
        return asked.format() instanceof AnswerFormat.AnyObject
                ? compiled(asked.names().format(), "", Constraints::jsonObject)
                : TokenConstraint.NONE;
    }

    private TokenConstraint compiled(String param, String place, Function<Constraints, TokenConstraint> compile) {
        Constraints compiler = constraints.orElseThrow(
                () -> ApiError.unsupportedParameter(param, param + " with this model's tokenizer"));
        try {
            return compile.apply(compiler);
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
        int[] changed = encode(asked, other);
        int same = 0;
        while (same < Math.min(prompt.length, changed.length) && prompt[same] == changed[same]) {
            same++;
        }
        return same;
    }

    private static boolean isSystem(Message message) {
        return message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER;
    }

    /** Pins as much of the beginning as the smallest budget has room for, beside what it must keep anyway. */
    private static EvictionPolicy pinned(EvictionPolicy policy, int tokens) {
        EvictionPolicy best = policy;
        for (int step = Integer.highestOneBit(Math.max(1, tokens)), length = 0; step > 0; step /= 2) {
            Optional<EvictionPolicy> longer = pinning(policy, Math.min(tokens, length + step));
            if (longer.isPresent()) {
                best = longer.get();
                length = Math.min(tokens, length + step);
            }
        }
        return best;
    }

    private static Optional<EvictionPolicy> pinning(EvictionPolicy policy, int tokens) {
        try {
            return Optional.of(policy.pinning(new Protection.Span(0, tokens)));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // too many for this budget
        }
    }
}
