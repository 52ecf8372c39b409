package dev.sublinear.server.evaluation;

/** An estimate and the middle 95 % of what it might have been, see {@link Bootstrap}. */
public record Interval(double mean, double low, double high) {}
