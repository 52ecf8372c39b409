package dev.sublinear.load.profile;

/** A test: which servers, under which loads, and what must hold. */
public interface Profile {

    /** Runs it; what it finds goes into the session. */
    void run(Session session);
}
