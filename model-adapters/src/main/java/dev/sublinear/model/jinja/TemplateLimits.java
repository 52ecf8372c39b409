package dev.sublinear.model.jinja;

import java.time.Duration;

/**
 * The limits of one rendering.
 *
 * @param work units: evaluations of a part of the template, items visited, and four characters of every text that is made
 * @param characters of the output, and of any other text that the template makes
 * @param time on the clock
 */
public record TemplateLimits(long work, long characters, Duration time) {}
