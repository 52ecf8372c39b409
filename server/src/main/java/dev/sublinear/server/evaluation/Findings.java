package dev.sublinear.server.evaluation;

import java.util.List;

/** All that an evaluation has found. */
public record Findings(List<String> documents, List<Summary> summaries, List<Evaluation.Attention> attention) {}
