package dev.sublinear.load.workload;

/**
 * A request, ready to be sent often.
 *
 * @param path where it goes
 * @param body as it is sent, for a stream; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Asked(String path, byte[] body, Golden golden) {}
