package dev.sublinear.engine.sampling;

/** The model computed something that is not a number. No token can be chosen, and the sequence must end. */
public final class NonFiniteLogitsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NonFiniteLogitsException(int token, float logit) {
        super("the logit of token " + token + " is " + logit);
    }
}
