package dev.sublinear.engine.chat;

/** A chat that cannot be answered as it was asked for. */
public final class ChatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The part of a request that is at fault. */
    public enum Aspect {
        MESSAGES,
        TOOLS,
        FORMAT,
        SCHEMA
    }

    /** Why. */
    public enum Reason {
        /** It is wrong, and the message says how. */
        INVALID,
        /** The model has no chat template that shows tools. */
        NO_TEMPLATE_FOR_TOOLS,
        /** The model's tokens have no bytes of their own, so no answer can be held to a form. */
        NO_TOKEN_BYTES
    }

    private final Aspect aspect;
    private final Reason reason;

    private ChatException(Aspect aspect, Reason reason, String message) {
        super(message);
        this.aspect = aspect;
        this.reason = reason;
    }

    private ChatException(Aspect aspect, Throwable cause) {
        super(cause.getMessage(), cause);
        this.aspect = aspect;
        this.reason = Reason.INVALID;
    }

    static ChatException invalid(Aspect aspect, Throwable cause) {
        return new ChatException(aspect, cause);
    }

    static ChatException noTemplateForTools() {
        return new ChatException(
                Aspect.TOOLS, Reason.NO_TEMPLATE_FOR_TOOLS, "tools need a chat template, and the model has none");
    }

    static ChatException noTokenBytes(Aspect aspect) {
        return new ChatException(
                aspect,
                Reason.NO_TOKEN_BYTES,
                "an answer of a given form needs tokens with bytes of their own, and the model's tokenizer has none");
    }

    public Aspect aspect() {
        return aspect;
    }

    public Reason reason() {
        return reason;
    }
}
