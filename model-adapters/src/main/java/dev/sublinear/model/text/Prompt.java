package dev.sublinear.model.text;

/**
 * A chat as a model reads it.
 *
 * @param ids its tokens, control tokens included; not to be changed
 * @param text the same, with the names of control tokens
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Prompt(int[] ids, String text) {}
