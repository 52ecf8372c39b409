package dev.sublinear.evaluation;

import java.util.List;

/** The register of probes. */
final class Probes {
    /** Room for the longest thing told, and as much text again. */
    static final int LEAST_CONTEXT = 256;

    static final List<Probe> ALL = List.of(
            new PassKeyProbe(),
            new AssociativeRecallProbe(Facts.Values.NUMBERS),
            new AssociativeRecallProbe(Facts.Values.WORDS),
            new AskedAgainProbe(),
            new TwoQuestionsProbe(),
            new InductionProbe(),
            new InstructionProbe(true),
            new InstructionProbe(false));

    private Probes() {}
}
