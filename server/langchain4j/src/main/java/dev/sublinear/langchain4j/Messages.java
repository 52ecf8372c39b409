package dev.sublinear.langchain4j;

import static java.util.Objects.requireNonNullElse;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.sublinear.engine.chat.Call;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was said so far. */
final class Messages {
    private Messages() {}

    /**
     * Returns the messages of a request.
     *
     * @throws UnsupportedFeatureException naming the first that is not text, thought or calls
     */
    static List<Message> of(List<ChatMessage> said) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            messages.add(message(said.get(i), "messages[" + i + "]"));
        }
        return messages;
    }

    private static Message message(ChatMessage said, String place) {
        if (said instanceof SystemMessage system) {
            return Message.of(Role.SYSTEM, system.text());
        }
        if (said instanceof UserMessage user) {
            return new Message(
                    Role.USER, text(user.contents(), place), List.of(), "", requireNonNullElse(user.name(), ""));
        }
        if (said instanceof AiMessage assistant) {
            return assistant(assistant, place);
        }
        if (said instanceof ToolExecutionResultMessage result) {
            return Message.answer(
                    requireNonNullElse(result.id(), ""), result.toolName(), text(result.contents(), place));
        }
        throw new UnsupportedFeatureException(
                place + " of type " + said.type() + " is not supported: a chat template knows no such speaker");
    }

    private static Message assistant(AiMessage said, String place) {
        if (!said.images().isEmpty() || !said.audios().isEmpty()) {
            throw new UnsupportedFeatureException(
                    place + " is not supported with images or audio: the model reads text");
        }
        List<Message.ToolCall> calls =
                said.toolExecutionRequests().stream().map(Messages::call).toList();
        return Message.calling(requireNonNullElse(said.text(), ""), calls)
                .thinking(requireNonNullElse(said.thinking(), ""));
    }

    private static Message.ToolCall call(ToolExecutionRequest request) {
        String arguments = requireNonNullElse(request.arguments(), "");
        Call call = new Call(request.name(), arguments.isBlank() ? "{}" : arguments);
        return new Message.ToolCall(requireNonNullElse(request.id(), ""), call.name(), call.json());
    }

    /** Texts of one message stand below each other. */
    private static String text(List<Content> contents, String place) {
        List<String> texts = new ArrayList<>();
        for (Content content : contents) {
            if (!(content instanceof TextContent text)) {
                throw new UnsupportedFeatureException(place + " with content of type "
                        + content.type().name().toLowerCase(Locale.ROOT) + " is not supported: the model reads text");
            }
            texts.add(text.text());
        }
        return String.join("\n", texts);
    }
}
