package dev.sublinear.server.constraint;

/**
 * How a model writes a call of a tool: {@code before{"name": "…", "arguments": {…}}after}.
 *
 * @param before what comes before the object
 * @param arguments what the arguments are called
 * @param after what comes after the object
 */
public record ToolFormat(String before, String arguments, String after) {
    /** Bare JSON, as Llama 3.1 writes it. */
    public static final ToolFormat LLAMA = new ToolFormat("", "parameters", "");

    /** JSON in tags, as Hermes and Qwen write it. */
    public static final ToolFormat HERMES = new ToolFormat("<tool_call>\n", "arguments", "\n</tool_call>");
}
