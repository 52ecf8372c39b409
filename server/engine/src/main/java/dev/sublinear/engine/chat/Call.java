package dev.sublinear.engine.chat;

/**
 * A call of a function, as a model wrote it.
 *
 * @param arguments a JSON object
 */
public record Call(String name, String arguments) {}
