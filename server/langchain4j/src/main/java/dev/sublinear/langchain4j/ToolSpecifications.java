package dev.sublinear.langchain4j;

import static java.util.Objects.requireNonNullElse;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.sublinear.engine.chat.ToolDefinition;
import dev.sublinear.engine.chat.Tools;
import java.util.List;

/** What a request lets the model call. */
final class ToolSpecifications {
    private ToolSpecifications() {}

    /**
     * Returns the tools of a request; none where it may call none.
     *
     * @throws IllegalArgumentException if a call is required of no tools, or a tool cannot be named so
     * @throws UnsupportedFeatureException if arguments must be valid of calls that may be made but need not
     */
    static Tools of(SublinearChatRequestParameters asked) {
        List<ToolSpecification> given = asked.toolSpecifications();
        ToolChoice choice = requireNonNullElse(asked.toolChoice(), ToolChoice.AUTO);
        if (choice == ToolChoice.REQUIRED && given.isEmpty()) {
            throw new IllegalArgumentException(
                    "toolChoice must be AUTO or NONE without toolSpecifications, was REQUIRED");
        }
        if (choice == ToolChoice.NONE) {
            return Tools.NONE;
        }
        Tools all = Tools.of(given.stream().map(one -> definition(one, choice)).toList());
        return new Tools(
                all.definitions(),
                all.callable(),
                choice == ToolChoice.REQUIRED,
                requireNonNullElse(asked.parallelToolCalls(), true));
    }

    private static ToolDefinition definition(ToolSpecification tool, ToolChoice choice) {
        if (Boolean.TRUE.equals(tool.strict()) && choice != ToolChoice.REQUIRED) {
            throw new UnsupportedFeatureException(
                    "strict tools are not supported but where toolChoice is REQUIRED, was " + choice + " for tool "
                            + tool.name());
        }
        return new ToolDefinition(tool.name(), requireNonNullElse(tool.description(), ""), Schemas.parameters(tool));
    }
}
