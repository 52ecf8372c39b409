package dev.sublinear.evaluation.probe;

import java.util.List;

/** The probes, in the order of the tables. To add one, write its class and its line here. */
public final class Probes {
    /** The shortest context, in tokens: the longest needle and as much running text. */
    public static final int LEAST_CONTEXT = 256;

    static final List<Probe> ALL = List.of(
            new PassKeyProbe(),
            new AssociativeRecallProbe(KeyValuePairs.Values.NUMBERS),
            new AssociativeRecallProbe(KeyValuePairs.Values.WORDS),
            new AskedAgainProbe(),
            new TwoQuestionsProbe(),
            new InductionProbe(),
            new InstructionProbe(true),
            new InstructionProbe(false));

    private Probes() {}
}
