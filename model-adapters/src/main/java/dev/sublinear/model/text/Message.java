package dev.sublinear.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One message of a chat.
 *
 * @param role who speaks
 * @param content what is said; may be empty when tools are called
 * @param toolCalls what an assistant asked for
 * @param toolCallId which call a tool answers; empty if none
 * @param name of the tool that answers, or of the speaker; empty if none
 * @param reasoning what an assistant thought before it spoke; empty if it is not known
 */
public record Message(
        Role role, String content, List<ToolCall> toolCalls, String toolCallId, String name, String reasoning) {
    /** The speakers that templates know. A closed set: templates build control tokens of their names. */
    public enum Role {
        SYSTEM,
        /** What OpenAI calls the system since its reasoning models; templates see a system message. */
        DEVELOPER,
        USER,
        ASSISTANT,
        TOOL
    }

    /**
     * A function that an assistant called.
     *
     * @param arguments usually an object; a text that is not JSON stays a text
     */
    public record ToolCall(String id, String name, JsonNode arguments) {}

    public Message {
        toolCalls = List.copyOf(toolCalls);
    }

    /** Without a thought. */
    public Message(Role role, String content, List<ToolCall> toolCalls, String toolCallId, String name) {
        this(role, content, toolCalls, toolCallId, name, "");
    }

    /** After this thought. */
    public Message thinking(String other) {
        return new Message(role, content, toolCalls, toolCallId, name, other);
    }

    /** With other words. */
    Message saying(String other) {
        return new Message(role, other, toolCalls, toolCallId, name, reasoning);
    }

    /** Plain words. */
    public static Message of(Role role, String content) {
        return new Message(role, content, List.of(), "", "");
    }

    /** What an assistant says and calls. */
    public static Message calling(String content, List<ToolCall> toolCalls) {
        return new Message(Role.ASSISTANT, content, toolCalls, "", "");
    }

    /** What a tool answers. */
    public static Message answer(String toolCallId, String name, String content) {
        return new Message(Role.TOOL, content, List.of(), toolCallId, name);
    }
}
