package dev.sublinear.server.http.openai;

/** An event of a stream that has a name on the wire. */
public interface NamedEvent {
    /** Returns the name, which the event's data repeat. */
    String type();
}
