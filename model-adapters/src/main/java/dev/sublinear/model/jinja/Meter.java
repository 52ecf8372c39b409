package dev.sublinear.model.jinja;

/** Counts the work, time and depth of macros of one rendering, and refuses what exceeds its limits. */
final class Meter {
    private static final int CHARACTERS_PER_UNIT = 4;
    private static final int UNITS_BETWEEN_LOOKS = 1024;
    private static final int MAX_DEPTH = 32;

    private final TemplateLimits limits;
    private final long deadline;
    private long work;
    private long nextLook = UNITS_BETWEEN_LOOKS;
    private int depth;
    private int line;

    Meter(TemplateLimits limits) {
        this.limits = limits;
        this.deadline = System.nanoTime() + limits.time().toNanos();
    }

    /** Counts the evaluation of a part of the template. */
    void step() {
        charge(1);
    }

    /** Counts items that are visited or made. */
    void items(long count) {
        charge(count);
    }

    /** Counts a text that is about to be made. */
    void text(long characters) {
        output(characters);
        charge(1 + characters / CHARACTERS_PER_UNIT);
    }

    /** Checks the length that an output is about to have. */
    void output(long characters) {
        if (characters > limits.characters()) {
            throw new TemplateException("must not make a text of more than " + limits.characters() + " characters");
        }
    }

    private void charge(long units) {
        work += units;
        if (work > limits.work()) {
            throw new TemplateException("must not take more than " + limits.work() + " units of work");
        }
        if (work >= nextLook) {
            nextLook = work + UNITS_BETWEEN_LOOKS;
            if (System.nanoTime() - deadline > 0) {
                throw new TemplateException(
                        "must not take longer than " + limits.time().toMillis() + " ms");
            }
        }
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw new TemplateException("macros must not call each other more than " + MAX_DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    void line(int now) {
        line = now;
    }

    int line() {
        return line;
    }
}
