package dev.sublinear.model.text;

/** Messages that a model's chat template refuses or cannot render. The text of the exception may be shown to the sender. */
public final class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChatTemplateException(String message) {
        super(message);
    }

    ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
